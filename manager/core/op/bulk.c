/* SPDX-License-Identifier: MIT
 *
 * See bulk.h. The sizes follow any_to_wire().
 */
#include "bulk.h"

#include "nested.h"
#include "registry.h"
#include "wire_limits.h"

enum { ALIGNMENT = 16 };

static size_t bulk_aligned(size_t size) {
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

void bulk_add(struct bulk *bulk, const struct any *any) {
    const struct packed_any packed = nested_packed(any);
    bulk->wire += packed_field_len(packed_len(&packed));
    bulk->arena += sizeof(void *) + bulk_aligned(sizeof(Hf__Any));
    bulk->arena += any->kind == ANY_REF ? bulk_aligned(sizeof(Hf__Ref)) : 0;
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

hf_status bulk_check_items(struct call *call, uint64_t count) {
    return count <= call->registry->items_max
               ? HF_OK
               : call_refuse(call, HF_LIMIT, "an object holds at most %zu items",
                             call->registry->items_max);
}
