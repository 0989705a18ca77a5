#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compile the examples in the public headers and in README.md, without a warning.

  python3 tests/doc_examples.py CC INCLUDE_DIR...

In a header an example is indented by five blanks or more behind the star, under an empty line; in
README.md it is a block of C. Names that an example does not declare are those of PRELUDE.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADERS = ROOT / "proxy/include"
FLAGS = ["-std=c11", "-c", "-o", "/dev/null", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function",
         "-Wno-unused-const-variable", "-Wno-unused-parameter", "-x", "c", "-"]

PRELUDE = """
#include <holdfast.h>
#include <stdio.h>
#include <string.h>
struct job { int number; };
extern hf_client *client;
extern hf_dict dict;
extern hf_list list;
extern hf_lock lock;
extern hf_condition condition;
extern hf_queue jobs, queue;
extern hf_pipe_end reader, writer, control;
extern hf_watch watch;
extern hf_pool *pool;
extern hf_any items[100];
extern hf_any_array squares;
extern hf_status status;
extern char *message, *order;
extern const char *keys[16];
extern int64_t values[16], number, count;
extern struct job job;
extern size_t index;
extern int code;
extern uint64_t after;
extern const hf_function functions[];
bool there_is_something(void);
void take_it(void);
void give_up(void *argument);
int work(void *argument);
"""


def header_examples(text):
    """Each run of indented lines under an empty line of a comment, without their stars."""
    runs, run, before = [], None, ""
    for line in text.split("\n"):
        match = re.match(r" \*     ( *\S.*)", line)
        if match and (run is not None or before.strip() == "*"):
            run = run if run is not None else []
            run.append(match.group(1))
        elif line.strip() == "*" and run is not None:
            run.append("")
        else:
            if run:
                runs.append("\n".join(run))
            run = None
        before = line
    return [dedent(run) for run in runs]


def dedent(text):
    blanks = min((len(line) - len(line.lstrip()) for line in text.split("\n") if line.strip()), default=0)
    return "\n".join(line[blanks:] for line in text.split("\n"))


def readme_examples(text):
    blocks = re.findall(r"^```c\n(.*?)^```", text, re.M | re.S)
    whole = [block for block in blocks if "int main" in block]
    return whole + [dedent("\n".join(dedent(b) for b in blocks if b not in whole))]


def split(example):
    """What stands outside of functions, and the statements."""
    outside, inside, depth = [], [], None
    for line in example.split("\n"):
        if depth is None and line.startswith("static"):
            depth = 0
        if depth is None:
            inside.append(line)
            continue
        outside.append(line)
        depth += line.count("{") - line.count("}")
        if depth == 0 and line.rstrip().endswith(("}", ";")):
            depth = None
    return "\n".join(outside), "\n".join(inside)


def source(example):
    if "int main" in example:
        return example
    code = example.replace("...", ";")
    outside, inside = split(code)
    prelude = PRELUDE
    for name in ("work", "functions"):
        if re.search(rf"^static .*\b{name}\b", outside, re.M):
            prelude = re.sub(rf"^.*\b{name}\b.*\n", "", prelude, flags=re.M)
    return f"{prelude}\n{outside}\nvoid example(void);\nvoid example(void) {{\n{inside}\n}}\n"


def main():
    compiler, folders = sys.argv[1], sys.argv[2:]
    found = [("README.md", example) for example in readme_examples((ROOT / "README.md").read_text())]
    for header in sorted(HEADERS.rglob("*.h")):
        found += [(str(header.relative_to(ROOT)), example) for example in header_examples(header.read_text())]
    failed = 0
    for name, example in found:
        run = subprocess.run([compiler, *FLAGS, *(f"-I{folder}" for folder in folders)], text=True,
                             input=source(example), capture_output=True)
        if run.returncode:
            failed += 1
            print(f"{name}: an example does not compile:\n{example}\n{run.stderr}")
    print(f"{len(found)} examples, {failed} do not compile")
    sys.exit(1 if failed or len(found) < 15 else 0)


if __name__ == "__main__":
    main()
