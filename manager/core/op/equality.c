/* SPDX-License-Identifier: MIT */
#include "equality.h"

hf_status equality_check(struct call *call, Hf__Equality asked) {
    return protobuf_c_enum_descriptor_get_value(&hf__equality__descriptor, (int)asked)
               ? HF_OK
               : call_refuse(call, HF_INVALID, "no equality has the number %d", (int)asked);
}

void equality_describe(enum any_equality equality, struct text *options) {
    if (equality == ANY_BY_VALUE) {
        text_add(options, "%sequal by value", options->len > 0 ? ", " : "");
    }
}
