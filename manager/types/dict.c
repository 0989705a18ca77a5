/* SPDX-License-Identifier: MIT */
#include "object.h"
const struct type type_dict = {
    .tag = HF__TYPE__DICT, .name = "dict", .object_size = sizeof(struct object)};
const struct type type_namespace = {.tag = HF__TYPE__NAMESPACE,
                                    .name = "namespace",
                                    .object_size = sizeof(struct object),
                                    .like = &type_dict};
