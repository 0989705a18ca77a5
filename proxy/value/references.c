/* SPDX-License-Identifier: MIT
 *
 * See references.h.
 */
#include "references.h"

#include "big.h"
#include "detail.h"
#include "utf8.h"
#include "valid.h"
#include "wire_limits.h"

#include <assert.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 8 };

void references_fini(struct references *references) {
    free(references->ids);
    *references = (struct references){NULL, 0, 0};
}

static hf_status note_id(struct references *references, uint64_t id) {
    if (!references || (references->count > 0 && references->ids[references->count - 1] == id)) {
        return HF_OK;
    }
    if (references->count == references->capacity) {
        size_t capacity = references->capacity ? references->capacity * 2 : FIRST_CAPACITY;
        uint64_t *ids = reallocarray(references->ids, capacity, sizeof *ids);
        if (!ids) {
            return detail_set(HF_NO_MEMORY, "no memory for the references in the values");
        }
        references->ids = ids;
        references->capacity = capacity;
    }
    assert(references->ids && references->count < references->capacity);
    references->ids[references->count++] = id;
    return HF_OK;
}

static hf_status examine(const hf_any *any, unsigned depth, struct references *references);

static hf_status examine_list(const hf_any *list, unsigned depth, struct references *references) {
    assert(depth <= HF_VALUE_MAX_DEPTH);
    hf_status status = HF_OK;
    for (size_t i = 0; i < list->len && status == HF_OK; i++) {
        status = examine(&list->items[i], depth, references);
    }
    return status;
}

static hf_status examine_map(const hf_any *map, unsigned depth, struct references *references) {
    assert(map->kind == HF_ANY_MAP && depth <= HF_VALUE_MAX_DEPTH);
    hf_status status = HF_OK;
    for (size_t i = 0; i < map->len && status == HF_OK; i++) {
        const hf_any_item *item = &map->pairs[i];
        if (!valid_key(&item->key, depth)) {
            return detail_set(HF_INVALID, VALID_KEY_REFUSAL);
        }
        status = examine(&item->key, depth, references);
        if (status == HF_OK) {
            status = examine(&item->value, depth, references);
        }
    }
    return status;
}

static hf_status examine_opaque(const hf_opaque *opaque, struct references *references) {
    if (!valid_tag(opaque->tag)) {
        return detail_set(HF_INVALID, VALID_TAG_REFUSAL);
    }
    hf_status status = HF_OK;
    for (size_t i = 0; i < opaque->ref_count && status == HF_OK; i++) {
        status = note_id(references, opaque->refs[i]);
    }
    return status;
}

static hf_status examine(const hf_any *any, unsigned depth, struct references *references) {
    bool nests = any->kind == HF_ANY_LIST || any->kind == HF_ANY_TUPLE || any->kind == HF_ANY_MAP;
    if (nests && depth == HF_VALUE_MAX_DEPTH) {
        return detail_set(HF_TOO_BIG, "a value is nested deeper than %u", HF_VALUE_MAX_DEPTH);
    }
    switch (any->kind) {
    case HF_ANY_STRING:
        return utf8_valid(any->bytes, any->len)
                   ? HF_OK
                   : detail_set(HF_INVALID, "a string is not UTF-8: use bytes");
    case HF_ANY_BIG:
        return big_is_canonical((struct big){any->bytes, any->len})
                   ? HF_OK
                   : detail_set(HF_INVALID, "a big integer is not in its shortest form");
    case HF_ANY_OPAQUE:
        return examine_opaque(any->opaque, references);
    case HF_ANY_LIST:
    case HF_ANY_TUPLE:
        return examine_list(any, depth + 1, references);
    case HF_ANY_MAP:
        return examine_map(any, depth + 1, references);
    case HF_ANY_REF:
        return note_id(references, any->ref);
    case HF_ANY_NULL:
    case HF_ANY_BOOL:
    case HF_ANY_INT:
    case HF_ANY_DOUBLE:
    case HF_ANY_BYTES:
        break;
    }
    return HF_OK;
}

hf_status references_collect(struct references *references, const hf_any *any) {
    return examine(any, 0, references);
}
