# SPDX-License-Identifier: MIT
"""clang-tidy over all C files of the build in build/lint, each on a core of its own.

A file that was clean is not looked at again while the file, the headers that it includes, how it is
compiled and the checks are the same: $XDG_CACHE_HOME/holdfast-tidy has a mark for each such state.

    python3 .ci/tidy.py FILE...
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "lint"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "holdfast-tidy"


def included(command, folder):
    """The file and all its headers; None if it cannot be preprocessed."""
    words = [word for word in shlex.split(command) if word not in ("-c", "-MD")]
    for option in ("-o", "-MF", "-MT"):
        if option in words:
            at = words.index(option)
            del words[at : at + 2]
    made = subprocess.run(words + ["-M"], cwd=folder, capture_output=True, text=True)
    return made.stdout.replace("\\\n", " ").split()[1:] if made.returncode == 0 else None


def mark_of(entry, checks):
    paths = included(entry["command"], entry["directory"])
    if paths is None:
        return None
    state = hashlib.sha256(checks)
    state.update(entry["command"].replace(str(ROOT), "").encode())
    for path in paths:
        state.update(pathlib.Path(entry["directory"], path).read_bytes())
    return CACHE / state.hexdigest()


def tidy(path, entries, checks):
    """What clang-tidy says of it if it is not clean."""
    mark = mark_of(entries[path], checks) if path in entries else None
    if mark and mark.exists():
        return ""
    ran = subprocess.run(["clang-tidy", "-p", BUILD, "--quiet", path], capture_output=True, text=True)
    if ran.returncode != 0:
        return ran.stdout + ran.stderr
    if mark:
        mark.touch()
    return ""


def main(paths):
    CACHE.mkdir(parents=True, exist_ok=True)
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    checks = version + (ROOT / ".clang-tidy").read_bytes()
    entries = {entry["file"]: entry for entry in json.loads((BUILD / "compile_commands.json").read_text())}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as cores:
        said = cores.map(lambda path: tidy(str(ROOT / path), entries, checks), paths)
        complaints = [text for text in said if text]
    print("".join(complaints), end="")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
