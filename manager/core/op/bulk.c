/* SPDX-License-Identifier: MIT
 *
 * See bulk.h. The sizes follow any_to_wire() and the encoding of Any in the .proto.
 */
#include "bulk.h"

#include "registry.h"
#include "wire_limits.h"

enum { ALIGNMENT = 16 };

static size_t bulk_varint_len(uint64_t number) {
    size_t len = 1;
    for (; number >= 0x80; number >>= 7) {
        len++;
    }
    return len;
}

static size_t bulk_zigzag_len(int64_t number) {
    return bulk_varint_len((uint64_t)number << 1 ^ (number < 0 ? UINT64_MAX : 0));
}

/* The size of a field with contents of `len` bytes: tag (one byte), length, contents. */
static size_t bulk_field_len(size_t len) {
    return 1 + bulk_varint_len(len) + len;
}

static size_t bulk_aligned(size_t size) {
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static size_t bulk_measure(struct bulk *bulk, const struct any *any);

static size_t bulk_measure_list(struct bulk *bulk, const struct any *list) {
    size_t len = 0;
    for (size_t i = 0; i < list->len; i++) {
        len += bulk_field_len(bulk_measure(bulk, &list->items[i]));
    }
    bulk->arena += bulk_aligned(sizeof(Hf__AnyList)) + bulk_aligned(list->len * sizeof(void *));
    return len;
}

static size_t bulk_measure_map(struct bulk *bulk, const struct any *map) {
    size_t len = 0;
    for (size_t i = 0; i < map->len; i++) {
        size_t key_len = bulk_field_len(bulk_measure(bulk, &map->items[2 * i]));
        size_t value_len = bulk_field_len(bulk_measure(bulk, &map->items[2 * i + 1]));
        len += bulk_field_len(key_len + value_len);
    }
    bulk->arena += bulk_aligned(sizeof(Hf__AnyMap)) + bulk_aligned(map->len * sizeof(void *)) +
                   bulk_aligned(map->len * sizeof(Hf__Item));
    return len;
}

/* The packed size of an Any. */
static size_t bulk_measure(struct bulk *bulk, const struct any *any) {
    bulk->arena += bulk_aligned(sizeof(Hf__Any));
    switch ((enum any_kind)any->kind) {
    case ANY_NULL:
        return 0;
    case ANY_BOOL:
        return 2;
    case ANY_INT:
        return 1 + bulk_zigzag_len(any->integer);
    case ANY_DOUBLE:
        return 1 + sizeof any->real;
    case ANY_STRING:
    case ANY_BYTES:
        return bulk_field_len(any->len);
    case ANY_LIST:
        return bulk_field_len(bulk_measure_list(bulk, any));
    case ANY_MAP:
        return bulk_field_len(bulk_measure_map(bulk, any));
    case ANY_REF:
        bulk->arena += bulk_aligned(sizeof(Hf__Ref));
        return bulk_field_len(1 + bulk_varint_len(any->ref));
    }
    return 0;
}

void bulk_add(struct bulk *bulk, const struct any *any) {
    bulk->wire += bulk_field_len(bulk_measure(bulk, any));
    bulk->arena += sizeof(void *);
}

bool bulk_fits(const struct bulk *bulk, const struct call *call) {
    return bulk->wire <= call_answer_max(call) &&
           bulk->arena <= call->arena->max_bytes - call->arena->taken;
}

hf_status bulk_refuse(struct call *call) {
    return call_refuse(call, HF_TOO_BIG, "the items do not fit into one reply");
}

/* An arena wastes at most as much as it gives. So if twice the size was free, memory was
 * missing. */
hf_status bulk_failed(const struct bulk *bulk, struct call *call, struct arena_mark before) {
    arena_rewind(call->arena, before);
    bool tight = bulk->arena > (call->arena->max_bytes - call->arena->taken) / 2;
    return tight ? bulk_refuse(call) : HF_NO_MEMORY;
}

static bool bulk_fill(struct call *call, size_t count, bulk_nth *nth, void *context,
                      Hf__AnyList *values) {
    values->items = arena_zeroed(call->arena, count, sizeof *values->items);
    if (!values->items) {
        return false;
    }
    for (; values->n_items < count; values->n_items++) {
        values->items[values->n_items] = call_wire(call, nth(context, values->n_items));
        if (!values->items[values->n_items]) {
            return false;
        }
    }
    return true;
}

hf_status bulk_answer(struct call *call, size_t count, bulk_nth *nth, void *context) {
    struct bulk bulk = {0};
    for (size_t i = 0; i < count && bulk_fits(&bulk, call); i++) {
        bulk_add(&bulk, nth(context, i));
    }
    if (!bulk_fits(&bulk, call)) {
        return bulk_refuse(call);
    }
    struct arena_mark before = arena_mark(call->arena);
    Hf__AnyList *values = call_message(call, &hf__any_list__descriptor);
    if (!values || !bulk_fill(call, count, nth, context, values)) {
        return bulk_failed(&bulk, call, before);
    }
    return call_answer_message(call, HF__REPLY__RESULT_VALUES, values);
}

hf_status bulk_check_items(struct call *call, size_t count) {
    return count <= call->registry->items_max
               ? HF_OK
               : call_refuse(call, HF_LIMIT, "an object holds at most %zu items",
                             call->registry->items_max);
}
