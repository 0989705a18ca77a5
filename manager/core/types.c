/* SPDX-License-Identifier: MIT
 *
 * All the types there are: a new one adds its line here (and its declaration in object.h).
 */
#include "object.h"

#include <assert.h>

const struct type *const types[] = {
    &type_session, &type_any,       &type_dict,       &type_namespace, &type_list,      &type_value,
    &type_queue,   &type_lock,      &type_pipe,       &type_rwlock,    &type_semaphore, &type_event,
    &type_latch,   &type_condition, &type_barrier,    &type_array,     &type_set,       &type_watch,
    &type_pool,    &type_submitter, &type_supervisor,
};
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
