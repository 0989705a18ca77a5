# SPDX-License-Identifier: MIT
"""Print the facts about types and functions that an object file's debug information has: for abi.py.

  gdb -batch -nx -ex "python names = ['hf_grant', 'used_hf_guard' ...]" -x types.py OBJECT
"""
import gdb


def show_members(prefix, kind, start):
    """Each member, also those of unions without a name."""
    for field in kind.fields():
        at = start + field.bitpos // 8
        if field.name:
            print(f"{prefix}.{field.name}: at {at}, {field.type.sizeof} bytes, {field.type}")
        else:
            show_members(prefix, field.type, at)


def show_type(name, kind):
    if kind.code == gdb.TYPE_CODE_STRUCT and kind.sizeof > 0:
        print(f"struct {name}: {kind.sizeof} bytes")
        show_members(name, kind, 0)
    elif kind.code == gdb.TYPE_CODE_ENUM:
        print(f"enum {name}: {kind.sizeof} bytes")
        for field in kind.fields():
            print(f"{name} {field.name}: {field.enumval}")
    elif kind.code == gdb.TYPE_CODE_FUNC:
        print(f"callback {name}: {kind}")


for name in names:  # noqa: F821
    used = gdb.lookup_global_symbol(name)
    if used:
        print(f"function {name.removeprefix('used_')}: {used.type.target()}")
        continue
    try:
        show_type(name, gdb.lookup_type(name).strip_typedefs())
    except gdb.error:
        pass
