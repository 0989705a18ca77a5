#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Add a type of object: a copy of the type "latch" under a new name, in every file that a type is in.

  python3 tests/new_type.py NAME [ROOT]     for example: python3 tests/new_type.py gauge

The copy builds, passes its tests and is complete: protocol, manager, library, docs, simulator, fuzzer.
Then change it into the type you want, operation by operation, in the files that this prints.
"""
import pathlib
import re
import sys

MODEL = "latch"
OPERATIONS_PER_TYPE = 10  # tags that a type's block in the oneof of Request has room for

# Files that are the model's alone.
WHOLE = (
    "manager/core/types/latch.c",
    "proxy/include/holdfast/latch.h",
    "proxy/types/latch.c",
    "tests/types/test_latch.c",
    "tests/sim/model_latch.c",
)

# Files that the model shares with others, and its part of them: a section from its heading to the
# next one, single lines, sorted lines, words of one line, or an entry of a list of all types.
SECTION, LINES, SORTED, WORDS, ENTRY = "section", "lines", "sorted", "words", "entry"
SHARED = (
    ("proto/holdfast.proto", SECTION, r"// ---- latch\b.*", r"// ---- "),
    ("proto/holdfast.proto", LINES, r"  LATCH = \d+;|    Latch\w+ latch_\w+ = \d+;", None),
    ("manager/core/store/object.h", ENTRY, None, None),
    ("proxy/include/holdfast.h", SORTED, r"#include <holdfast/.*>", None),
    ("proxy/include/holdfast/object.h", LINES, r"HF_HANDLE\(hf_latch\);|    HF_TYPE_LATCH = \d+,", None),
    ("tests/sim/model.h", ENTRY, None, None),
    ("tests/support/scenarios.h", LINES, r".*\blatch\b.*;", None),
    ("tests/support/scenarios.c", LINES, r".*\b(latch|\w+_latch)\b.*", None),
    ("tests/fuzz/talks.c", LINES, r".*\blatch\b.*", None),
    ("tests/types/test_guarantees_locks.c", SECTION, r"/\* ---- latch ---- \*/", r"/\* ---- "),
    ("tests/types/test_guarantees_locks.c", LINES, r" *cmocka_unit_test\w*\(latch_.*", None),
    ("tests/cli/commands.sh", SECTION, r"# latch", r"# "),
    ("tests/cli/examples.sh", LINES, r"    latch\) .*", None),
    ("proxy/cli/manual_waits.c", SECTION, r"    /\* latch \*/", r"    /\* "),
    ("docs/guarantees.md", LINES, r"\| latch \|.*", None),
    ("docs/protocol.md", SECTION, r"### latch", r"### "),
    ("docs/protocol.md", LINES, r"\| latch \|.*", None),
    ("docs/protocol.md", WORDS, r"`latch_\w+`, ", r".*These operations only read: .*"),
)


def fail(words):
    sys.exit(f"new_type.py: {words}")


class Namer:
    """Turns the model's name and numbers into those of the new type, in any text."""

    def __init__(self, name, proto):
        self.name = name
        self.type_number = 1 + max(
            int(number) for number in re.findall(r"^  \w+ = (\d+);", between(proto, "enum Type {", "}"), re.M)
        )
        tags = {op: int(tag) for op, tag in re.findall(r"^    \w+ (\w+) = (\d+);", proto, re.M)}
        first = max(tags.values()) // OPERATIONS_PER_TYPE * OPERATIONS_PER_TYPE + OPERATIONS_PER_TYPE
        mine = sorted(tag for op, tag in tags.items() if op.startswith(MODEL + "_"))
        self.tags = {tag: first + i for i, tag in enumerate(mine)}
        self.camel = "".join(word.capitalize() for word in name.split("_"))

    def __call__(self, text):
        text = re.sub(r"\bLATCH = \d+", f"LATCH = {self.type_number}", text)
        text = re.sub(r"\b(HF_TYPE_LATCH) = \d+", rf"\1 = {self.type_number}", text)
        for old, new in self.tags.items():
            text = re.sub(rf"(\blatch_\w+ = |`latch_\w+` \(){old}\b", rf"\g<1>{new}", text)
        text = re.sub(r"(?<![a-z])latches\b", self.name + "s", text)
        text = re.sub(r"(?<![a-z])latch(?![a-z])", self.name, text)
        text = re.sub(r"Latches\b", self.camel + "s", text)
        text = re.sub(r"Latch(?![a-z])", self.camel, text)
        return re.sub(r"LATCH", self.name.upper(), text)


def between(text, start, end):
    begin = text.index(start)
    return text[begin : text.index(end, begin)]


def with_section(text, namer, heading, next_heading):
    match = re.search(rf"^{heading}\n(?:.*\n)*?(?=^{next_heading})", text, re.M)
    return match and text[: match.end()] + namer(match.group()) + text[match.end() :]


def with_lines(text, namer, pattern):
    """Repeat each run of lines that match, with the new name, behind itself."""
    runs = rf"(?:^(?:{pattern})\n)+"
    changed, count = re.subn(runs, lambda match: match.group() + namer(match.group()), text, flags=re.M)
    return count and changed


def with_sorted(text, namer, pattern):
    """Put the new name into a run of sorted lines."""
    match = re.search(rf"(?:^{pattern}\n)+", text, re.M)
    lines = match and {*match.group().splitlines(True), *namer(match.group()).splitlines(True)}
    return match and text[: match.start()] + "".join(sorted(lines)) + text[match.end() :]


def with_words(text, namer, word, line):
    """Repeat each word that matches, with the new name, behind itself, in the line."""
    match = re.search(rf"^{line}$", text, re.M)
    changed, count = re.subn(word, lambda found: found.group() + namer(found.group()), match.group() if match else "")
    return count and text[: match.start()] + changed + text[match.end() :]


def with_entry(text, namer):
    changed, count = re.subn(rf"X\({MODEL}\)", f"X({MODEL}) X({namer.name})", text)
    return count and changed


def add_to(text, namer, kind, pattern, end):
    if kind == SECTION:
        return with_section(text, namer, pattern, end)
    if kind == WORDS:
        return with_words(text, namer, pattern, end)
    if kind == SORTED:
        return with_sorted(text, namer, pattern)
    if kind == LINES:
        return with_lines(text, namer, pattern)
    return with_entry(text, namer)


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    name = sys.argv[1]
    root = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).resolve().parent.parent)
    if not re.fullmatch(r"[a-z][a-z_]*[a-z]", name):
        fail("a name has small letters, and underscores between them")
    if (root / f"manager/core/types/{name}.c").exists():
        fail(f"there is a type {name} already")
    namer = Namer(name, (root / "proto/holdfast.proto").read_text())
    new = {}
    for path in WHOLE:
        new[namer(path)] = namer((root / path).read_text())
    for path, kind, pattern, end in SHARED:
        text = new.get(path) or (root / path).read_text()
        new[path] = add_to(text, namer, kind, pattern, end) or fail(f"{path} has no {kind} of {MODEL}: {pattern}")
    # Nothing is written before all of it is known to work.
    for path, text in new.items():
        (root / path).write_text(text)
        print(path)


if __name__ == "__main__":
    main()
