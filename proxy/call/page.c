/* SPDX-License-Identifier: MIT
 *
 * See page.h.
 */
#include "page.h"

#include "call.h"

/* ---- takes ---- */

static hf_status store_array(const Hf__Reply *reply, Hf__Any *const *wire, size_t len,
                             const struct take *take) {
    if (wire_take_array(wire, len, take->out) != HF_OK) {
        return take_no_memory();
    }
    *(uint64_t *)take->more = reply->page->next;
    return HF_OK;
}

hf_status page_store_keys(const Hf__Reply *reply, const struct take *take) {
    return reply->result_case == HF__REPLY__RESULT_PAGE
               ? store_array(reply, reply->page->keys, reply->page->n_keys, take)
               : take_missing();
}

hf_status page_store_values(const Hf__Reply *reply, const struct take *take) {
    return reply->result_case == HF__REPLY__RESULT_PAGE
               ? store_array(reply, reply->page->values, reply->page->n_values, take)
               : take_missing();
}

hf_status page_store_items(const Hf__Reply *reply, const struct take *take) {
    if (reply->result_case != HF__REPLY__RESULT_PAGE ||
        reply->page->n_keys != reply->page->n_values) {
        return take_missing();
    }
    const Hf__Page *page = reply->page;
    if (wire_take_pairs(page->keys, page->values, page->n_keys, take->out) != HF_OK) {
        return take_no_memory();
    }
    *(uint64_t *)take->more = page->next;
    return HF_OK;
}

static hf_status store_one_of_keys(const Hf__Reply *reply, const struct take *take) {
    hf_any_array keys = {NULL, 0};
    const struct take append = {.out = &keys, .more = take->more};
    hf_status status = page_store_keys(reply, &append);
    if (status != HF_OK || !take->out) {
        hf_any_array_clear(&keys);
        return status;
    }
    *(hf_any_array *)take->out = keys;
    return HF_OK;
}

static hf_status store_one_of_items(const Hf__Reply *reply, const struct take *take) {
    hf_any_map_array items = {NULL, 0};
    const struct take append = {.out = &items, .more = take->more};
    hf_status status = page_store_items(reply, &append);
    if (status != HF_OK || !take->out) {
        hf_any_map_array_clear(&items);
        return status;
    }
    *(hf_any_map_array *)take->out = items;
    return HF_OK;
}

/* ---- one page ---- */

static hf_status one(hf_object object, page_ask *ask, uint32_t limit, uint64_t *cursor,
                     struct take take) {
    if (!cursor) {
        return call_invalid("a walk needs a cursor");
    }
    take.more = cursor;
    return ask(object, *cursor, limit, take);
}

hf_status page_one_of_keys(hf_object object, page_ask *ask, uint32_t limit, uint64_t *cursor,
                           hf_any_array *out) {
    return one(object, ask, limit, cursor, (struct take){.store = store_one_of_keys, .out = out});
}

hf_status page_one_of_items(hf_object object, page_ask *ask, uint32_t limit, uint64_t *cursor,
                            hf_any_map_array *out) {
    return one(object, ask, limit, cursor, (struct take){.store = store_one_of_items, .out = out});
}

/* ---- all pages ---- */

/* `out` may be half filled when it is refused. */
static hf_status walk(hf_object object, page_ask *ask, take_store *store, void *out) {
    uint64_t cursor = 0;
    hf_status status = call_alone(object.client);
    while (status == HF_OK) {
        status = ask(object, cursor, 0, (struct take){.store = store, .out = out, .more = &cursor});
        if (cursor == 0) {
            break;
        }
    }
    return status;
}

hf_status page_walk_array(hf_object object, page_ask *ask, take_store *store, hf_any_array *out) {
    hf_any_array found = {NULL, 0};
    hf_status status = walk(object, ask, store, &found);
    if (status != HF_OK || !out) {
        hf_any_array_clear(&found);
        return status;
    }
    *out = found;
    return HF_OK;
}

hf_status page_walk_items(hf_object object, page_ask *ask, hf_any_map_array *out) {
    hf_any_map_array found = {NULL, 0};
    hf_status status = walk(object, ask, page_store_items, &found);
    if (status != HF_OK || !out) {
        hf_any_map_array_clear(&found);
        return status;
    }
    *out = found;
    return HF_OK;
}
