/* SPDX-License-Identifier: MIT
 *
 * All the types that the model knows: a new one adds its line here.
 */
#include "model.h"

const struct model_type *const model_types[] = {
    &model_session_type, &model_object_type, &model_lock,      &model_queue,      &model_value,
    &model_list,         &model_list_whole,  &model_dict,      &model_dict_whole, &model_namespace,
    &model_pipe,         &model_rwlock,      &model_semaphore, &model_event,      &model_latch,
    &model_condition,    &model_barrier,     &model_array,     &model_set,        &model_set_other,
    &model_watch,        &model_pool,        &model_submitter, &model_supervisor,
};
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
