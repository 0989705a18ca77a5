#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hold the binary interface of the library to its list, by the rules of docs/abi.md.

  python3 tests/abi/abi.py check LIBRARY     fail if libholdfast.so and its headers differ from the list
  python3 tests/abi/abi.py accept LIBRARY    put what was added into the list; what breaks programs is refused
  python3 tests/abi/abi.py prove LIBRARY     break each rule on copies of the headers, to prove that it is checked

  --compiler CC    that made the library

The list is a fact in each line, as "hf_grant.fence: at 0, 8 bytes, uint64_t". What a program may rely on everywhere is
in common.txt, the places of members in lp64.txt and ilp32.txt. The facts are read from the debug information of a file
that uses every type and every exported function.
"""
import argparse
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
INCLUDES = ("proxy/include", "proto/include")
LAYOUTS = {"lp64": "-m64", "ilp32": "-m32"} if platform.machine() == "x86_64" else {"lp64": "-O0"}

# Structs that never change, besides handles: see docs/abi.md.
FROZEN = {"hf_any", "hf_any_item", "hf_any_array", "hf_any_map_array", "hf_opaque", "hf_slice", "hf_bounds",
          "hf_members", "hf_function", "hf_pipe_end", "hf_raw_reply"}
HANDLE = {"client", "id"}

ACCEPT = """\
This breaks no program. If it is meant, put it into the list, and commit that together with the change:

  python3 tests/abi/abi.py accept {library}

A function that was added after a release needs the symbol version of its own release (docs/abi.md)."""

REFUSE = """\
This breaks programs that were compiled before, and may not be accepted while the library is called libholdfast.so.1.
docs/abi.md says how structs grow. (Things that no release has had yet may change: delete their lines from
tests/abi/*.txt by hand, and accept them as new.)"""


class Broken(Exception):
    pass


def run(*command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode != 0:
        raise Broken(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout


# ---- the facts -----------------------------------------------------------------------------------


def exported(library):
    """Each exported symbol with its version."""
    lines = run("nm", "-D", "--defined-only", "--with-symbol-versions", library).splitlines()
    symbols = (line.split()[-1].split("@@") for line in lines if " A " not in line)
    return {parts[0]: parts[-1] if len(parts) > 1 else "no version" for parts in symbols}


def parse(text):
    return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)


def constants(flags, source):
    """The macros that stand for a number. Initializers are not compiled into programs for later use."""
    macros = dict(re.findall(r"^#define (HF_\w+) (.+)", run(*flags, "-E", "-dM", "-", text=source), re.M))
    wanted = source + "".join(f'"{name}" {name}\n' for name in macros)
    values = dict(re.findall(r'^"(HF_\w+)" (.+)', run(*flags, "-E", "-P", "-", text=wanted), re.M))
    numbers = [name for name, value in values.items() if re.fullmatch(r"[-+()\w ]*\d[-+()\w ]*", value)]
    return {f"constant {name}": macros[name] for name in numbers}


def describe(root, compiler, flag, symbols):
    """What the headers in this tree tell of all types and of these functions."""
    includes = [f"-I{root / folder}" for folder in INCLUDES]
    used = "".join(f"__typeof__({name}) *used_{name};\n" for name in symbols)
    source = f"#include <holdfast.h>\n{used}"
    with tempfile.TemporaryDirectory() as folder:
        made = f"{folder}/used.o"
        flags = [compiler, flag, *includes, *(foreign_headers(folder) if flag == "-m32" else []), "-x", "c"]
        names = sorted(set(re.findall(r"\bhf_\w+", run(*flags, "-E", "-", text=source))))
        names += [f"used_{name}" for name in sorted(symbols)]
        run(*flags, "-g", "-fno-eliminate-unused-debug-types", "-c", "-o", made, "-", text=source)
        facts = parse(run("gdb", "-batch", "-nx", "-ex", f"python names = {names}", "-x", str(HERE / "types.py"), made))
        facts.update(constants(flags, source))
    return facts


def foreign_headers(folder):
    """The headers of the C library serve both sizes of words, but for one that lists what is missing."""
    pathlib.Path(folder, "gnu").mkdir()
    pathlib.Path(folder, "gnu/stubs-32.h").touch()
    return ["-isystem", folder, "-idirafter", f"/usr/include/{platform.machine()}-linux-gnu"]


def facts_of(root, compiler, symbols, layouts):
    """The facts for each file of the list."""
    found = {"common": {}}
    for layout in layouts:
        facts = describe(root, compiler, LAYOUTS[layout], symbols)
        found[layout] = {key: fact for key, fact in facts.items() if re.match(r"struct |\w+\.\w+$", key)}
        found["common"].update({key: fact for key, fact in facts.items() if key not in found[layout]})
    for name, version in symbols.items():
        key = f"function {name}"
        found["common"][key] = f"{version}, {found['common'][key]}"
    found["common"] = dict(sorted(found["common"].items()))
    return found


# ---- the rules -----------------------------------------------------------------------------------


def extent(fact):
    """Where a member begins, and where it ends."""
    at, size = re.match(r"at (\d+), (\d+) bytes", fact).groups()
    return int(at), int(at) + int(size)


def room_given_up(struct, old, new):
    """Where `reserved` of this struct has begun, and where it begins now."""
    key = f"{struct}.reserved"
    return range(extent(old[key])[0], extent(new[key])[0]) if key in old and key in new else range(0)


def room_is_taken(struct, old, new):
    """Members of 8 bytes are wherever `reserved` has given room up, and its end is where it was."""
    whole = {extent(fact) for key, fact in new.items() if key.startswith(f"{struct}.") and key not in old}
    wanted = {(at, at + 8) for at in room_given_up(struct, old, new)[::8]}
    key = f"{struct}.reserved"
    return wanted and wanted <= whole and extent(old[key])[1] == extent(new[key])[1]


def in_room(key, old, new):
    """The new member is of a new struct, or lies in room that was given up."""
    struct = key.split(".")[0]
    at, behind = extent(new[key])
    room = room_given_up(struct, old, new)
    return f"struct {struct}" not in old or (at in room and behind <= room.stop)


def compare(old, new):
    """What was added, and what breaks programs, in words."""
    added, broken = [], []
    for key in sorted(old.keys() | new.keys()):
        if key not in new:
            broken.append(f"{key} is gone (it was: {old[key]})")
        elif key not in old and "." in key and not in_room(key, old, new):
            broken.append(f"{key} is new, and not in the room that `reserved` gave up: {new[key]}")
        elif key not in old:
            added.append(f"{key} is new: {new[key]}")
        elif old[key] == new[key]:
            continue
        elif key.endswith(".reserved") and room_is_taken(key.split(".")[0], old, new):
            added.append(f"{key} is smaller by what was added: {new[key]}")
        else:
            broken.append(f"{key} was: {old[key]}; it is now: {new[key]}")
    return added, broken


def without_kind(facts):
    """Structs that are neither frozen nor end with room to grow."""
    members = {}
    for key, fact in facts.items():
        if "." in key:
            members.setdefault(key.split(".")[0], {})[key.split(".")[1]] = fact
    wrong = []
    for name, its in members.items():
        room = its.get("reserved", "")
        size = int(facts[f"struct {name}"].split()[0])
        if name in FROZEN or set(its) == HANDLE:
            continue
        if "uint64_t" not in room or extent(room)[1] != size:
            wrong.append(f"struct {name} does not end with `uint64_t reserved[]`, and is not among the frozen ones")
    return wrong


def judge(listed, found):
    added, broken = [], []
    for name, facts in found.items():
        more, worse = compare(listed.get(name, {}), facts)
        added += [f"{name}: {line}" for line in more]
        broken += [f"{name}: {line}" for line in worse]
        broken += [f"{name}: {line}" for line in without_kind(facts)]
    return added, broken


# ---- the commands --------------------------------------------------------------------------------


def read_list():
    return {path.stem: parse(path.read_text()) for path in HERE.glob("*.txt")}


def check(library, compiler):
    added, broken = judge(read_list(), facts_of(ROOT, compiler, exported(library), LAYOUTS))
    print("\n".join(added + broken), end="\n" if added or broken else "")
    if broken:
        print(REFUSE)
    elif added:
        print(ACCEPT.format(library=library))
    return not added and not broken


def accept(library, compiler):
    found = facts_of(ROOT, compiler, exported(library), LAYOUTS)
    added, broken = judge(read_list(), found)
    print("\n".join(broken or added))
    if broken:
        print(REFUSE)
        return False
    for name, facts in found.items():
        (HERE / f"{name}.txt").write_text("".join(f"{key}: {fact}\n" for key, fact in facts.items()))
    return True


GRANT = r"(    uint32_t depth; .*\n(?:.*\n)*?)(    uint64_t reserved\[4\];.*\n\} hf_grant;)"

# A change of a header, and how it is judged: the words of the refusal; None: it is added.
CHANGES = (
    ("a member is inserted", "lock.h", r"    uint32_t depth;", r"    uint64_t more;\n\g<0>", "struct hf_grant was: "),
    ("a member is appended", "lock.h", r"\} hf_grant;", r"    uint64_t more;\n\g<0>", "struct hf_grant was: "),
    ("two members change places", "client.h", r"(    uint64_t sessions;\n)(    uint64_t objects;\n)", r"\2\1",
     "hf_statistics.sessions was: "),
    ("a member is gone", "client.h", r"    uint64_t sessions;\n", "    uint64_t others;\n", "hf_statistics.sessions is gone"),
    ("a member gets another type", "client.h", r"    uint64_t sessions;\n", "    int64_t sessions;\n",
     "hf_statistics.sessions was: "),
    ("the room shrinks, and nothing takes its place", "lock.h", GRANT, r"\1    uint64_t reserved[3];\n} hf_grant;",
     "hf_grant.reserved was: "),
    ("the room moves, and nothing takes its place", "lock.h", GRANT,
     r"\1    uint64_t : 64;\n    uint64_t reserved[3];\n} hf_grant;", "hf_grant.reserved was: "),
    ("a small member slips into the padding", "queue.h", r"    uint64_t reserved\[8\];(.*\n\} hf_queue_options;)",
     r"    bool more;\n    uint64_t reserved[8];\1", "hf_queue_options.more is new, and not in the room"),
    ("a member takes its place from the room", "lock.h", GRANT,
     r"\1    uint64_t more;\n    uint64_t reserved[3];\n} hf_grant;", None),
    ("a small member takes 8 bytes of the room", "lock.h", GRANT,
     r"\1    union {\n bool more;\n uint64_t room;\n };\n    uint64_t reserved[3];\n} hf_grant;", None),
    ("a value of an enum changes", "queue.h", r"    HF_QUEUE_RETURNED = 0", "    HF_QUEUE_RETURNED = 7",
     "hf_queue_reason HF_QUEUE_RETURNED was: 0"),
    ("an enum gets a value", "queue.h", r"    HF_QUEUE_LEASED\n", "    HF_QUEUE_LEASED,\n    HF_QUEUE_OTHER\n", None),
    ("a constant changes", "list.h", r"HF_SLICE_OPEN INT64_MIN", "HF_SLICE_OPEN 0", "constant HF_SLICE_OPEN was: "),
    ("an argument gets another type", "lock.h", r"hf_guard\(hf_lock lock, uint64_t fence\)",
     "hf_guard(hf_lock lock, int32_t fence)", "function hf_guard was: "),
    ("a callback gets another argument", "timer.h", r"typedef void hf_timer_function\(void \*argument\)",
     "typedef void hf_timer_function(void *argument, int number)", "callback hf_timer_function was: "),
    ("a frozen struct gets another view of a member", "any.h", r"        bool as_bool;",
     r"        uint64_t as_unsigned;\n\g<0>", "hf_any.as_unsigned is new, and not in the room"),
    ("a struct has no room", "timer.h", r"typedef struct hf_timer hf_timer;",
     r"\g<0>\ntypedef struct hf_hour { int minutes; } hf_hour;\n", "struct hf_hour does not end with"),
)


def prove(library, compiler):
    symbols = exported(library)
    before = facts_of(ROOT, compiler, symbols, ["lp64"])
    proved = judge(before, before) == ([], [])
    for what, header, pattern, to, words in CHANGES:
        with tempfile.TemporaryDirectory() as folder:
            for include in INCLUDES:
                shutil.copytree(ROOT / include, pathlib.Path(folder, include))
            path = pathlib.Path(folder, INCLUDES[0], "holdfast", header)
            text, count = re.subn(pattern, to, path.read_text())
            path.write_text(text)
            added, broken = judge(before, facts_of(pathlib.Path(folder), compiler, symbols, ["lp64"]))
        right = any(words in line for line in broken) if words else added and not broken
        if count != 1 or not right:
            print(f"not noticed: {what}\n" + "\n".join(added + broken))
            proved = False
    fewer = {name: version for name, version in symbols.items() if name != "hf_guard"}
    other = dict(symbols, hf_guard="HOLDFAST_2")
    for what, changed in (("gone", fewer), ("of another version", other)):
        broken = judge(before, facts_of(ROOT, compiler, changed, ["lp64"]))[1]
        if len(broken) != 1 or "function hf_guard" not in broken[0]:
            print(f"not noticed: a function is {what}: {broken}")
            proved = False
    return proved


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("check", "accept", "prove"))
    parser.add_argument("library")
    parser.add_argument("--compiler", default="cc")
    options = parser.parse_args()
    try:
        done = {"check": check, "accept": accept, "prove": prove}[options.command](options.library, options.compiler)
    except Broken as error:
        print(error)
        done = False
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
