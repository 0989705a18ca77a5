/* SPDX-License-Identifier: MIT
 *
 * Values: one function for each operation, see <holdfast/value.h>.
 */
#include "call.h"

#include <holdfast/value.h>

/* ---- open ---- */

hf_status hf_value_open_any(hf_client *client, const char *name, hf_kind kind, hf_any initial,
                            hf_mode mode, hf_value *value) {
    struct call call;
    Hf__Any wire;
    Hf__ValueOpen *op = call_begin_open(&call, client, HF__REQUEST__OP_VALUE_OPEN, name, mode);
    op->has_kind = kind != HF_KIND_DEFAULT;
    op->kind = (Hf__Kind)kind;
    op->initial = call_optional(&call, initial, &wire);
    return call_finish(&call, HF__REQUEST__OP_VALUE_OPEN, &op->base,
                       sink_handle(&value->client, &value->id));
}

hf_status hf_value_open(hf_client *client, const char *name, hf_kind kind, int64_t initial,
                        hf_value *value) {
    return hf_value_open_any(client, name, kind, hf_any_int(initial), HF_OPEN_OR_CREATE, value);
}

CALL_REFERENCES(value) /* hf_value_ref(), hf_value_from_ref() */

/* ---- get and set ---- */

hf_status hf_value_get(hf_value value, int64_t *number) {
    return call_plain(HF_OBJECT(value), HF__REQUEST__OP_VALUE_GET, sink_number(number));
}

hf_status hf_value_get_double(hf_value value, double *number) {
    return call_plain(HF_OBJECT(value), HF__REQUEST__OP_VALUE_GET, sink_real(number));
}

hf_status hf_value_get_any(hf_value value, hf_any *any) {
    return call_plain(HF_OBJECT(value), HF__REQUEST__OP_VALUE_GET, sink_any(any));
}

hf_status hf_value_set_any(hf_value value, hf_any any) {
    return call_with_value(HF_OBJECT(value), HF__REQUEST__OP_VALUE_SET, any, sink_nothing());
}

hf_status hf_value_set(hf_value value, int64_t number) {
    return hf_value_set_any(value, hf_any_int(number));
}

hf_status hf_value_set_double(hf_value value, double number) {
    return hf_value_set_any(value, hf_any_double(number));
}

/* ---- in one step ---- */

static hf_status value_add(hf_value value, hf_any amount, const hf_bounds *bounds,
                           struct sink sink) {
    const hf_any *values[] = {&amount, bounds ? call_given(&bounds->floor) : NULL,
                              bounds ? call_given(&bounds->ceiling) : NULL};
    return call_with_values(HF_OBJECT(value), HF__REQUEST__OP_VALUE_ADD, values, 3,
                            sink_before(sink));
}

hf_status hf_value_add(hf_value value, int64_t amount, const hf_bounds *bounds, int64_t *result) {
    return value_add(value, hf_any_int(amount), bounds, sink_number(result));
}

hf_status hf_value_add_double(hf_value value, double amount, const hf_bounds *bounds,
                              double *result) {
    return value_add(value, hf_any_double(amount), bounds, sink_real(result));
}

static hf_status value_compare_and_set(hf_value value, hf_any expected, hf_any replacement,
                                       struct sink sink) {
    return call_with_values(HF_OBJECT(value), HF__REQUEST__OP_VALUE_COMPARE_AND_SET,
                            (const hf_any *[]){&expected, &replacement}, 2, sink);
}

hf_status hf_value_compare_and_set(hf_value value, int64_t expected, int64_t replacement,
                                   int64_t *present) {
    return value_compare_and_set(value, hf_any_int(expected), hf_any_int(replacement),
                                 sink_present(present, replacement));
}

hf_status hf_value_compare_and_set_any(hf_value value, hf_any expected, hf_any replacement) {
    return value_compare_and_set(value, expected, replacement, sink_nothing());
}
