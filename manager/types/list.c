/* SPDX-License-Identifier: MIT */
#include "object.h"
const struct type type_list = {
    .tag = HF__TYPE__LIST, .name = "list", .object_size = sizeof(struct object)};
