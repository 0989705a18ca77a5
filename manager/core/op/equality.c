/* SPDX-License-Identifier: MIT */
#include "equality.h"

hf_status equality_check(struct call *call, Hf__Equality asked) {
    return call_check_enum(call, &hf__equality__descriptor, (int)asked, "equality");
}

void equality_describe(const struct object *object, struct text *options) {
    if (object->equality == ANY_BY_VALUE) {
        text_add(options, "%sequal by value", options->len > 0 ? ", " : "");
    }
}
