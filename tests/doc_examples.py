#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compile what the docs teach, without a warning, in every standard of C and C++: each public header
alone, the examples in the headers and in the .md files, and the programs in examples/.

  python3 tests/doc_examples.py COMPILER...       such as gcc clang g++ clang++

In a header an example is indented by five blanks or more behind the star, under an empty line; in a
.md file it is a block of `c`, or of `cpp` if it is C++ alone. It stands in a function that returns its
status. Names that it does not declare are those of PRELUDE. No warning is switched off: what warns here warns in the
programs of those who copy it.
"""
import concurrent.futures
import functools
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = [ROOT / "proxy/include", ROOT / "proto/include"]
TEXTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FLAGS = ["-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-S", "-o", "/dev/null",
         *(f"-I{folder}" for folder in FOLDERS)]
STANDARDS = {"c": ["c99", "c11", "c17", "c2x"], "c++": ["c++11", "c++14", "c++17", "c++20", "c++2b"]}
OTHERS = {"async_glib.c": "glib-2.0", "async_libuv.c": "libuv"}  # what an example needs that may be missing
ANALYSERS = {"gcc": ["-fanalyzer"],
             "clang": ["--analyze", "--analyzer-output", "text", "-Xclang", "-analyzer-werror"]}

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
extern hf_async *async;
void on_number(hf_async *async, const hf_completion *completion);
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
extern size_t which;
extern int code;
extern uint64_t after;
extern const hf_function functions[];
bool there_is_something(void);
void take_it(void);
void give_up(void *argument);
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


def text_examples(text, word):
    """The blocks of one language; those that are no programs are parts of one example."""
    blocks = re.findall(rf"^```{re.escape(word)}\n(.*?)^```", text, re.M | re.S)
    whole = [block for block in blocks if "int main" in block]
    parts = [dedent(block) for block in blocks if block not in whole]
    return whole + ([dedent("\n".join(parts))] if parts else [])


def split(example):
    """What stands outside of functions, and the statements."""
    outside, inside, depth = [], [], None
    for line in example.split("\n"):
        if depth is None and re.match(r"static|#include|(typedef )?struct \w+ (\{|:)|template", line):
            depth = 0
        if depth is None:
            inside.append(line)
            continue
        outside.append(line)
        depth += line.count("{") - line.count("}")
        if depth == 0 and (line.rstrip().endswith(("}", ";")) or line.startswith("#")):
            depth = None
    return "\n".join(outside), "\n".join(inside)


def function(name, number, example):
    """An example as a function of its own, whose static names meet those of no other."""
    for static in re.findall(r"^static .*?\b(\w+)[(\[]", split(example)[0], re.M):
        example = re.sub(rf'(?<![\w."]){static}(?![\w"])', f"{static}_{number}", example)
    outside, inside = split(example)
    used = "".join(f"(void){static};\n" for static in re.findall(r"^static .*?\b(\w+)[(\[]", outside, re.M))
    line = f'#line 1 "{name}, example {number}"'
    return (f"{line}\n{outside}\nhf_status example_{number}(void);\nhf_status example_{number}(void) {{\n"
            f"{used}{line}\n{inside}\nreturn status;\n}}\n")


def initializers():
    """Each struct that has a macro to start from, as hf_lock_options HF_LOCK_OPTIONS."""
    text = "".join(header.read_text() for folder in FOLDERS for header in folder.rglob("*.h"))
    structs = [struct for struct in re.findall(r"^typedef struct (hf_\w+) \{", text, re.M)
               if re.search(rf"^#define {struct.upper()}\b", text, re.M)]
    assert len(structs) >= 15
    return PRELUDE + "".join(f"extern {struct} a_{struct};\n{struct} a_{struct} = {struct.upper()};\n"
                             for struct in structs)


@functools.cache
def flags_of(name):
    """The options for what this example needs besides; None: it is not there."""
    if name not in OTHERS:
        return []
    asked = subprocess.run(["pkg-config", "--cflags", OTHERS[name]], text=True, capture_output=True)
    if asked.returncode:
        print(f"{name} is not compiled without {OTHERS[name]}")
        return None
    return asked.stdout.split()


def sources():
    """{name: (languages, text)} of all that is to compile."""
    c, cxx = [], []
    found = {}
    for folder in FOLDERS:
        for header in sorted(folder.rglob("*.h*")):
            name, more = str(header.relative_to(folder)), header.suffix == ".hpp"
            found[f"{name} alone"] = (("c++",) if more else ("c", "c++"), f"#include <{name}>\nextern int nothing;\n")
            (cxx if more else c).extend((name, example) for example in header_examples(header.read_text()))
    for text in TEXTS:
        c += [(text.name, example) for example in text_examples(text.read_text(), "c")]
        cxx += [(text.name, example) for example in text_examples(text.read_text(), "cpp")]
    for examples, languages, name, start in ((c, ("c", "c++"), "examples", ""),
                                             (cxx, ("c++",), "examples of C++", "#include <holdfast.hpp>\n#include <mutex>\n")):
        for number, (file, example) in enumerate(examples):
            if "int main" in example:
                found[f"{file}, example {number}"] = (languages, example)
        parts = [function(file, number, example) for number, (file, example) in enumerate(examples)
                 if "int main" not in example]
        if parts:
            found[f"{len(parts)} {name}"] = (languages, start + PRELUDE + "".join(parts))
    found["macros"] = (("c", "c++"), initializers())
    for program in sorted((ROOT / "examples").glob("*.c*")):
        if program.suffix in (".c", ".cpp") and flags_of(program.name) is not None:
            found[program.name] = (("c",) if program.suffix == ".c" else ("c++",), f'#include "{program}"\n')
    return found, len(c) + len(cxx)


def modes(compiler):
    """(language, options) of each way in which this compiler is used."""
    version = subprocess.run([compiler, "--version"], text=True, capture_output=True, check=True).stdout
    kind = "clang" if "clang" in version else "gcc"
    language = "c++" if "++" in pathlib.Path(compiler).name else "c"
    found = [(language, [f"-std={standard}"]) for standard in STANDARDS[language]]
    if language == "c" or kind == "clang": # gcc 12 cannot analyse C++
        found.append((language, [f"-std={STANDARDS[language][1]}", *ANALYSERS[kind]]))
    return found


def compiles(compiler, language, options, name, text):
    run = subprocess.run([compiler, *options, *FLAGS, *flags_of(name), "-x", language, "-"], text=True, input=text,
                         capture_output=True)
    if run.returncode or run.stderr:
        return f"{name}: {compiler} {' '.join(options)}\n{run.stderr}"
    return None


def main():
    found, examples = sources()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = [pool.submit(compiles, compiler, language, options, name, text)
                for compiler in sys.argv[1:]
                for language, options in modes(compiler)
                for name, (languages, text) in found.items() if language in languages]
    failures = [run.result() for run in runs if run.result()]
    for words in failures:
        print(words)
    print(f"{examples} examples in {len(found)} sources, compiled {len(runs)} times; {len(failures)} failed")
    sys.exit(1 if failures or examples < 20 or not runs else 0)


if __name__ == "__main__":
    main()
