/* SPDX-License-Identifier: MIT
 *
 * hf_any: to look into maps, lists and tuples, and to take what is expected there.
 */
#include <holdfast/any.h>
#include <string.h>

static bool is_text(const hf_any *any, const char *text, size_t len) {
    return any->kind == HF_ANY_STRING && any->len == len &&
           (len == 0 || memcmp(any->string, text, len) == 0);
}

const hf_any *hf_any_get(const hf_any *map, const char *key) {
    size_t len = key ? strlen(key) : 0;
    for (size_t i = 0; map && key && map->kind == HF_ANY_MAP && i < map->len; i++) {
        if (is_text(&map->pairs[i].key, key, len)) {
            return &map->pairs[i].value;
        }
    }
    return NULL;
}

const hf_any *hf_any_get_any(const hf_any *map, hf_any key) {
    for (size_t i = 0; map && map->kind == HF_ANY_MAP && i < map->len; i++) {
        if (hf_any_equal(map->pairs[i].key, key)) {
            return &map->pairs[i].value;
        }
    }
    return NULL;
}

const hf_any *hf_any_at(const hf_any *list, int64_t index) {
    if (!list || (list->kind != HF_ANY_LIST && list->kind != HF_ANY_TUPLE)) {
        return NULL;
    }
    /* -1 - index counts from the last one, and fits also for INT64_MIN. */
    uint64_t place = (uint64_t)(index < 0 ? -1 - index : index);
    if (place >= list->len) {
        return NULL;
    }
    return &list->items[index < 0 ? list->len - 1 - place : place];
}

bool hf_any_bool_or(const hf_any *any, bool otherwise) {
    return any && any->kind == HF_ANY_BOOL ? any->as_bool : otherwise;
}

int64_t hf_any_int_or(const hf_any *any, int64_t otherwise) {
    return any && any->kind == HF_ANY_INT ? any->as_int : otherwise;
}

double hf_any_double_or(const hf_any *any, double otherwise) {
    if (any && any->kind == HF_ANY_INT) {
        return (double)any->as_int;
    }
    return any && any->kind == HF_ANY_DOUBLE ? any->as_double : otherwise;
}

const char *hf_any_string_or(const hf_any *any, const char *otherwise) {
    bool is_plain =
        any && any->kind == HF_ANY_STRING && any->string && !memchr(any->string, 0, any->len);
    return is_plain ? any->string : otherwise;
}
