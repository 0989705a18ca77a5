/* SPDX-License-Identifier: MIT
 *
 * Items of dicts and namespaces that expire: see <holdfast/dict.h>.
 */
#include "call.h"

#include <holdfast/dict.h>

/* Set the fields ttl_ms of an operation. */
#define DICT_SET_TTL(op, ms)                                                                       \
    do {                                                                                           \
        (op).has_ttl_ms = (ms) >= 0;                                                               \
        (op).ttl_ms = (uint64_t)(ms);                                                              \
    } while (0)

hf_status hf_dict_set_ttl(hf_dict dict, hf_any key, hf_any value, int64_t ttl_ms) {
    struct call call;
    Hf__Any wires[2];
    Hf__DictSet op = HF__DICT_SET__INIT;
    call_begin(&call, dict.client, dict.id);
    op.key = call_any(&call, key, &wires[0]);
    op.value = call_any(&call, value, &wires[1]);
    DICT_SET_TTL(op, ttl_ms);
    return call_finish(&call, HF__REQUEST__OP_DICT_SET, &op.base, sink_nothing());
}

hf_status hf_dict_update_ttl(hf_dict dict, const hf_any_item *items, size_t len, int64_t ttl_ms) {
    struct call call;
    Hf__DictUpdate op = HF__DICT_UPDATE__INIT;
    call_begin(&call, dict.client, dict.id);
    op.n_items = call_items(&call, items, len, &op.items);
    DICT_SET_TTL(op, ttl_ms);
    return call_finish(&call, HF__REQUEST__OP_DICT_UPDATE, &op.base, sink_nothing());
}

hf_status hf_dict_setdefault_ttl(hf_dict dict, hf_any key, hf_any value, int64_t ttl_ms,
                                 hf_any *present) {
    struct call call;
    Hf__Any wires[2];
    Hf__DictSetdefault op = HF__DICT_SETDEFAULT__INIT;
    call_begin(&call, dict.client, dict.id);
    op.key = call_any(&call, key, &wires[0]);
    op.value = call_any(&call, value, &wires[1]);
    DICT_SET_TTL(op, ttl_ms);
    return call_finish(&call, HF__REQUEST__OP_DICT_SETDEFAULT, &op.base, sink_any(present));
}

hf_status hf_dict_add_ttl(hf_dict dict, hf_any key, hf_any amount, const hf_bounds *bounds,
                          hf_any initial, int64_t ttl_ms, hf_any *result) {
    struct call call;
    Hf__Any wires[5];
    Hf__DictAdd op = HF__DICT_ADD__INIT;
    call_begin(&call, dict.client, dict.id);
    op.key = call_any(&call, key, &wires[0]);
    op.amount = call_any(&call, amount, &wires[1]);
    op.floor = bounds ? call_optional(&call, bounds->floor, &wires[2]) : NULL;
    op.ceiling = bounds ? call_optional(&call, bounds->ceiling, &wires[3]) : NULL;
    op.initial = call_optional(&call, initial, &wires[4]);
    DICT_SET_TTL(op, ttl_ms);
    return call_finish(&call, HF__REQUEST__OP_DICT_ADD, &op.base, sink_before(sink_any(result)));
}

hf_status hf_dict_compare_and_set_ttl(hf_dict dict, hf_any key, const hf_any *expected,
                                      const hf_any *replacement, int64_t ttl_ms) {
    struct call call;
    Hf__Any wires[3];
    Hf__DictCompareAndSet op = HF__DICT_COMPARE_AND_SET__INIT;
    call_begin(&call, dict.client, dict.id);
    op.key = call_any(&call, key, &wires[0]);
    op.expected = expected ? call_any(&call, *expected, &wires[1]) : NULL;
    op.replacement = replacement ? call_any(&call, *replacement, &wires[2]) : NULL;
    DICT_SET_TTL(op, ttl_ms);
    return call_finish(&call, HF__REQUEST__OP_DICT_COMPARE_AND_SET, &op.base, sink_nothing());
}

hf_status hf_dict_expire(hf_dict dict, hf_any key, int64_t ttl_ms) {
    struct call call;
    Hf__Any wire;
    Hf__DictExpire op = HF__DICT_EXPIRE__INIT;
    call_begin(&call, dict.client, dict.id);
    op.key = call_any(&call, key, &wire);
    DICT_SET_TTL(op, ttl_ms);
    return call_finish(&call, HF__REQUEST__OP_DICT_EXPIRE, &op.base, sink_nothing());
}

hf_status hf_dict_touch(hf_dict dict, hf_any key, int64_t ttl_ms, hf_any *value) {
    struct call call;
    Hf__Any wire;
    Hf__DictTouch op = HF__DICT_TOUCH__INIT;
    call_begin(&call, dict.client, dict.id);
    op.key = call_any(&call, key, &wire);
    DICT_SET_TTL(op, ttl_ms);
    return call_finish(&call, HF__REQUEST__OP_DICT_TOUCH, &op.base, sink_any(value));
}

hf_status hf_dict_ttl(hf_dict dict, hf_any key, int64_t *ttl_ms) {
    return call_with_value(HF_OBJECT(dict), HF__REQUEST__OP_DICT_TTL, key, sink_ttl(ttl_ms));
}
