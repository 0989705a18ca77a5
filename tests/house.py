#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measure the house, and hold what can be held of it.

  python3 tests/house.py            print every figure
  python3 tests/house.py names      fail if a static name stands in three or more product files
  python3 tests/house.py language   fail if too many sentences open with a relative clause, or if a
                                    line of a comment is too long
  python3 tests/house.py asserts    fail if the manager and the library have too few asserts
  python3 tests/house.py prove      break each rule on a copy, to prove that it is checked

Each check prints what breaks it. The option --root DIR measures another tree.
"""
import argparse
import collections
import os
import pathlib
import re
import shutil
import statistics
import sys
import tempfile

PRODUCT = ("manager", "proxy", "proto")
FILES_PER_NAME_MAX = 2
RELATIVE_SHARE_MAX = 0.002
COLUMNS_MAX = 100
ASSERTS_PER_1000_MIN = 12.0

RELATIVE = re.compile(
    r"(Who|Whoever|Whom|Whose|Whatever|What|Which|Where|Of|(Those|They|All|Any|Anybody|One) (who|that|which|whom))\b"
)


TEXTS = (".c", ".h", ".md", ".proto", ".py", ".sh", ".txt")


def files(root, folders=(), kinds=TEXTS):
    """The files of these folders, or of the whole tree, without what was built."""
    found = []
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if name not in ("build", ".git", "corpus")]
        place = pathlib.Path(folder).relative_to(root)
        if not folders or (place.parts and place.parts[0] in folders):
            found += [pathlib.Path(folder, name) for name in names if name.endswith(kinds)]
    return sorted(found)


def sources(root, folders):
    return files(root, folders, (".c", ".h"))


# ---- C, roughly: comments, strings and functions ------------------------------------------------

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def without_comments(text):
    return TOKEN.sub(blank, text)


def functions(text):
    """Name, length in lines and deepest nesting of each function; a body begins with "{" at the
    end of a line that has text at its left edge, and ends with "}" at the left edge."""
    found = []
    lines = without_comments(text).split("\n")
    head = None
    for number, line in enumerate(lines):
        if re.match(r"[A-Za-z_]", line):
            head = number
        if head is not None and line.rstrip().endswith(") {") and not found_open(found):
            name = re.search(r"(\w+)\(", " ".join(lines[head : number + 1]))
            if name and not re.match(r"(struct|enum|union)\b[^(]*$", lines[head]):
                found.append([name.group(1), head, None, 0, 1])
                continue
        if found_open(found):
            current = found[-1]
            if line.startswith("}"):
                current[2] = number
                head = None
                continue
            # A line may close a block and open the next: "} else {".
            for brace in re.findall(r"[{}]", line):
                current[4] += 1 if brace == "{" else -1
                current[3] = max(current[3], current[4])
    return [(name, end - start + 1, deepest) for name, start, end, deepest, _ in found if end]


def found_open(found):
    return bool(found) and found[-1][2] is None


def static_names(text):
    """Names of static functions and of static tables."""
    text = without_comments(text)
    names = {match.group(1) for match in re.finditer(r"^static [^;={(]*?\b(\w+)\(", text, re.M)}
    names |= {match.group(1) for match in re.finditer(r"^static [^;={(]*?\b(\w+)(?:\[[^\]]*\])* = ", text, re.M)}
    return names


def shared_static_names(root):
    where = collections.defaultdict(set)
    for path in sources(root, PRODUCT):
        if path.suffix == ".c":
            for name in static_names(path.read_text()):
                where[name].add(str(path.relative_to(root)))
    return {name: files for name, files in where.items() if len(files) > FILES_PER_NAME_MAX}


# ---- sentences ----------------------------------------------------------------------------------


def comments(path):
    """The comments of a file: the line each begins at, and its text without frame."""
    text = path.read_text()
    if path.suffix in (".c", ".h"):
        blocks = [match for match in TOKEN.finditer(text) if match.group().startswith(("/*", "//"))]
    elif path.suffix == ".md":
        yield from paragraphs(text)
        return
    elif path.suffix == ".proto":
        blocks = list(re.finditer(r"(?:^[ \t]*//[^\n]*\n)+|//[^\n]*", text, re.M))
    else:
        blocks = list(re.finditer(r"(?:^[ \t]*#(?!!)[^\n]*\n)+", text, re.M))
    for block in blocks:
        body = re.sub(r"^[ \t]*(/\*\*?<?|\*/|\*(?!/)|//+|#)", "", block.group(), flags=re.M)
        yield text.count("\n", 0, block.start()) + 1, body.replace("*/", "")


def paragraphs(text):
    fenced = False
    block, start = [], 1
    for number, line in enumerate(text.split("\n") + [""], 1):
        if line.startswith("```"):
            fenced = not fenced
        plain = not fenced and not line.startswith(("```", "    ", "#"))
        if plain and line.startswith("|"):
            for cell in line.strip("|").split("|"):
                yield number, cell.strip()
            plain = False
        fresh = not plain or not line.strip() or re.match(r"\s*([-*>]|\d+\.) ", line)
        if fresh and block:
            yield start, "\n".join(block)
            block = []
        if plain and line.strip():
            if not block:
                start = number
            block.append(re.sub(r"^\s*([-*>]|\d+\.) ", "", line))


# A new sentence begins behind a full stop, at a paragraph, and where a row of a table begins.
BREAK = re.compile(r"(?<=[.!?])[\s)]+(?=[A-Z\"'`(*])|\n[ \t]*\n|(?<=[a-z]): (?=[A-Z])|\n {2,}(?=\S)|\S {3,}(?=\S)")


def sentences(body):
    offset = 0
    for part in BREAK.split(body):
        words = re.sub(r"[*_]{2}", "", " ".join(part.split()))
        if len(words.split()) > 1:
            yield body.count("\n", 0, max(body.find(part.strip()[:20], offset), 0)), words
        offset = max(body.find(part, offset), offset)


def relative_openings(root):
    """The number of all sentences, and those that open with a relative clause."""
    total, openings = 0, []
    for path in files(root):
        for line, body in comments(path):
            for below, sentence in sentences(body):
                total += 1
                if RELATIVE.match(sentence.lstrip("\"'`(-* ")) and not sentence.endswith("?"):
                    openings.append(f"{path.relative_to(root)}:{line + below}: {sentence[:90]}")
    return total, openings


def long_comment_lines(root):
    found = []
    for path in files(root, kinds=tuple(kind for kind in TEXTS if kind != ".md")):
        inside = False
        for number, line in enumerate(path.read_text().split("\n"), 1):
            comment = inside or "/*" in line or re.match(r"\s*(//|#)", line)
            if comment and len(line) > COLUMNS_MAX:
                found.append(f"{path.relative_to(root)}:{number}: {len(line)} columns")
            if path.suffix in (".c", ".h"):
                inside = line.rfind("/*") > line.rfind("*/") or (inside and "*/" not in line)
    return found


# ---- the checks ---------------------------------------------------------------------------------


def count_lines(paths):
    return sum(path.read_text().count("\n") for path in paths)


def asserts_per_1000(root, folders):
    paths = sources(root, folders)
    asserts = sum(len(re.findall(r"\bassert\(", without_comments(path.read_text()))) for path in paths)
    return asserts, 1000 * asserts / max(count_lines(paths), 1)


# Each returns a line of figures, and what breaks its rule.


def check_names(root):
    shared = shared_static_names(root)
    broken = [f"{name}: {' '.join(sorted(shared[name]))}" for name in sorted(shared, key=lambda name: (-len(shared[name]), name))]
    return f"static names in more than {FILES_PER_NAME_MAX} files: {len(shared)}", broken


def check_language(root):
    total, openings = relative_openings(root)
    long_lines = long_comment_lines(root)
    share = len(openings) / max(total, 1)
    figures = (
        f"sentences that open with a relative clause: {len(openings)} of {total}, {100 * share:.2f} %"
        f"; comment lines over {COLUMNS_MAX} columns: {len(long_lines)}"
    )
    return figures, (openings if share > RELATIVE_SHARE_MAX else []) + long_lines


def check_asserts(root):
    asserts, rate = asserts_per_1000(root, ("manager", "proxy"))
    figures = f"asserts in manager and proxy: {asserts}, {rate:.1f} in 1,000 lines"
    return figures, [f"at least {ASSERTS_PER_1000_MIN:.0f} are wanted"] if rate < ASSERTS_PER_1000_MIN else []


CHECKS = {"names": check_names, "language": check_language, "asserts": check_asserts}


def print_figures(root):
    product, tests = sources(root, PRODUCT), sources(root, ("tests",))
    cases = sum(len(re.findall(r"\bcmocka_unit_test\w*\(", path.read_text())) for path in tests)
    print(f"product lines: {count_lines(product)}; test lines: {count_lines(tests)}; test cases: {cases}")
    measured = [function for path in product if path.suffix == ".c" for function in functions(path.read_text())]
    lengths = sorted(length for _, length, _ in measured)
    longest = max(measured, key=lambda function: function[1])
    deepest = max(measured, key=lambda function: function[2])
    print(
        f"functions: {len(lengths)}; lines: median {statistics.median(lengths):.0f},"
        f" p90 {lengths[len(lengths) * 9 // 10]}, longest {longest[1]} ({longest[0]});"
        f" deepest nesting {deepest[2] - 1} ({deepest[0]})"
    )
    for check in CHECKS.values():
        print(check(root)[0])


PROOFS = (
    ("names", "proxy/base/deadline.c", "static void thrice(void) {\n}\n"),
    ("names", "proxy/base/deadline.c", "static const int thrice_too[] = {1};\n"),
    ("language", "docs/design.md", "Who waits here waits for ever. " * 30 + "\n"),
    ("language", "manager/core/call.c", "/* What it says is what it does. */\n" * 30),
    ("language", "proto/holdfast.proto", "// " + "long " * 20 + "\n"),
    ("asserts", "manager/core/call.c", "\n" * 40000),
)


def prove(root):
    """Each rule holds on a copy of the tree, and is broken by these lines."""
    with tempfile.TemporaryDirectory() as copy:
        for folder in PRODUCT + ("docs",):
            shutil.copytree(pathlib.Path(root, folder), pathlib.Path(copy, folder))
        for other in ("conn.c", "wire.c"):  # the rule about names counts files
            pathlib.Path(copy, "proxy", other).write_text("static void thrice(void) {\n}\nstatic const int thrice_too[] = {1};\n")
        for check, path, words in PROOFS:
            file = pathlib.Path(copy, path)
            kept = file.read_text()
            broken = CHECKS[check](copy)[1]
            if broken:
                return f"{check}: does not hold", broken
            file.write_text(kept + words)
            if not CHECKS[check](copy)[1]:
                return f"{check}: has a gap", [f"nobody minds {path} with: {words[:60]}"]
            file.write_text(kept)
    return f"{len(PROOFS)} proofs", []


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("check", nargs="?", choices=(*CHECKS, "prove"))
    parser.add_argument("--root", default=str(pathlib.Path(__file__).resolve().parent.parent))
    arguments = parser.parse_args()
    if not arguments.check:
        print_figures(arguments.root)
        return 0
    figures, broken = {**CHECKS, "prove": prove}[arguments.check](arguments.root)
    print("\n".join([*broken, figures]))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
