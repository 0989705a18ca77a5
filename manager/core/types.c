/* SPDX-License-Identifier: MIT
 *
 * The table of all types, and of all operations by their tag.
 */
#include "object.h"

#include <assert.h>

#define TABLE_ENTRY(name) &type_##name,
const struct type *const types[] = {HF_TYPES(TABLE_ENTRY)};
const size_t type_count = sizeof types / sizeof types[0];

enum { TAG_MAX = 1024 };

struct row {
    const struct op *op;
    const struct type *type;
};

/* By tag, filled in when first asked. */
static struct row rows[TAG_MAX];

static void fill(void) {
    for (size_t t = 0; t < type_count; t++) {
        for (size_t i = 0; i < types[t]->op_count; i++) {
            const struct op *op = &types[t]->ops[i];
            assert(op->tag < TAG_MAX && !rows[op->tag].op && op->lane < OBJECT_LANES);
            rows[op->tag] = (struct row){op, types[t]};
        }
    }
}

const struct op *types_find(unsigned tag, const struct type **type) {
    static bool filled;
    if (!filled) {
        fill();
        filled = true;
    }
    if (tag >= TAG_MAX) {
        return NULL;
    }
    *type = rows[tag].type;
    return rows[tag].op;
}

const char *types_op_name(unsigned tag) {
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(&hf__request__descriptor, tag);
    return field ? field->name : "unknown";
}
