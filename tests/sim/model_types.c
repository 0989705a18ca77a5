/* SPDX-License-Identifier: MIT
 *
 * The table of all types and operations of the model.
 */
#include "model.h"

#define TABLE_ENTRY(name) &model_##name,
const struct model_type *const model_types[] = {MODEL_TYPES(TABLE_ENTRY)};
const size_t model_type_count = sizeof model_types / sizeof model_types[0];

const struct model_op *model_find_op(unsigned tag, const struct model_type **type) {
    for (size_t i = 0; i < model_type_count; i++) {
        for (size_t j = 0; j < model_types[i]->op_count; j++) {
            if (tag != 0 && model_types[i]->ops[j].tag == tag) {
                *type = model_types[i];
                return &model_types[i]->ops[j];
            }
        }
    }
    return NULL;
}

uint64_t model_item_count(const struct model_object *object) {
    return object->item_count;
}
