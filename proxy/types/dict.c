/* SPDX-License-Identifier: MIT
 *
 * Dicts and namespaces: one function for each operation, see <holdfast/dict.h>.
 */
#include "call.h"
#include "page.h"
#include "pipeline.h"

#include <assert.h>
#include <holdfast/dict.h>
#include <holdfast/pipeline.h>
#include <stddef.h>

/* ---- open ---- */

hf_status hf_dict_open(hf_client *client, const char *name, hf_mode mode, hf_dict *dict) {
    return call_open(client, HF__REQUEST__OP_DICT_OPEN, name, mode,
                     sink_handle(&dict->client, &dict->id));
}

hf_status hf_namespace_open(hf_client *client, const char *name, hf_mode mode, hf_dict *space) {
    return call_open(client, HF__REQUEST__OP_NAMESPACE_OPEN, name, mode,
                     sink_handle(&space->client, &space->id));
}

/* The message that opens a namespace has the fields of a dict's, in the same places. */
static Hf__DictOpen *dict_begin_open(struct call *call, hf_client *client,
                                     Hf__Request__OpCase op_case, const char *name, hf_mode mode) {
    static_assert(sizeof(Hf__NamespaceOpen) == sizeof(Hf__DictOpen) &&
                      offsetof(Hf__NamespaceOpen, initial) == offsetof(Hf__DictOpen, initial) &&
                      offsetof(Hf__NamespaceOpen, eviction) == offsetof(Hf__DictOpen, eviction),
                  "a namespace is opened as a dict is");
    return call_begin_open(call, client, op_case, name, mode);
}

static hf_status dict_open_options(hf_client *client, Hf__Request__OpCase op_case, const char *name,
                                   const hf_dict_options *options, hf_dict *dict) {
    struct call call;
    const hf_dict_options given = options ? *options : (hf_dict_options){.max_items = 0};
    Hf__DictOpen *op = dict_begin_open(&call, client, op_case, name, given.mode);
    call_check(&call, reserved_check(&given));
    op->has_max_items = given.max_items != 0;
    op->max_items = given.max_items;
    op->has_eviction = given.eviction != HF_REFUSE;
    op->eviction = (Hf__Eviction)given.eviction;
    op->has_equality = given.equality != HF_BY_KIND;
    op->equality = (Hf__Equality)given.equality;
    op->n_initial = call_items(&call, given.initial, given.initial_count, &op->initial);
    return call_finish(&call, op_case, &op->base, sink_handle(&dict->client, &dict->id));
}

hf_status hf_dict_open_options(hf_client *client, const char *name, const hf_dict_options *options,
                               hf_dict *dict) {
    return dict_open_options(client, HF__REQUEST__OP_DICT_OPEN, name, options, dict);
}

hf_status hf_namespace_open_options(hf_client *client, const char *name,
                                    const hf_dict_options *options, hf_dict *space) {
    return dict_open_options(client, HF__REQUEST__OP_NAMESPACE_OPEN, name, options, space);
}

CALL_REFERENCES(dict) /* hf_dict_ref(), hf_dict_from_ref() */

/* ---- get ---- */

static hf_status dict_get(hf_dict dict, hf_any key, struct sink sink) {
    assert(sink.store);
    return call_with_value(HF_OBJECT(dict), HF__REQUEST__OP_DICT_GET, key, sink);
}

hf_status hf_dict_get_int(hf_dict dict, const char *key, int64_t *value) {
    return dict_get(dict, hf_any_string(key), sink_int(value));
}

hf_status hf_dict_get_double(hf_dict dict, const char *key, double *value) {
    return dict_get(dict, hf_any_string(key), sink_double(value));
}

hf_status hf_dict_get_bool(hf_dict dict, const char *key, bool *value) {
    return dict_get(dict, hf_any_string(key), sink_bool(value));
}

hf_status hf_dict_get_string(hf_dict dict, const char *key, char **value) {
    return dict_get(dict, hf_any_string(key), sink_string(value));
}

hf_status hf_dict_get_bytes(hf_dict dict, const char *key, void **value, size_t *len) {
    return dict_get(dict, hf_any_string(key), sink_bytes(value, len));
}

hf_status hf_dict_get_any(hf_dict dict, hf_any key, hf_any *value) {
    return dict_get(dict, key, sink_any(value));
}

/* ---- set ---- */

hf_status hf_dict_set_any(hf_dict dict, hf_any key, hf_any value) {
    return call_with_values(HF_OBJECT(dict), HF__REQUEST__OP_DICT_SET,
                            (const hf_any *[]){&key, &value}, 2, sink_nothing());
}

hf_status hf_dict_set_int(hf_dict dict, const char *key, int64_t value) {
    return hf_dict_set_any(dict, hf_any_string(key), hf_any_int(value));
}

hf_status hf_dict_set_double(hf_dict dict, const char *key, double value) {
    return hf_dict_set_any(dict, hf_any_string(key), hf_any_double(value));
}

hf_status hf_dict_set_bool(hf_dict dict, const char *key, bool value) {
    return hf_dict_set_any(dict, hf_any_string(key), hf_any_bool(value));
}

hf_status hf_dict_set_string(hf_dict dict, const char *key, const char *value) {
    return hf_dict_set_any(dict, hf_any_string(key), hf_any_string(value));
}

hf_status hf_dict_set_bytes(hf_dict dict, const char *key, const void *value, size_t len) {
    return hf_dict_set_any(dict, hf_any_string(key), hf_any_bytes(value, len));
}

hf_status hf_dict_update(hf_dict dict, const hf_any_item *items, size_t len) {
    struct call call;
    Hf__DictUpdate op = HF__DICT_UPDATE__INIT;
    call_begin(&call, dict.client, dict.id);
    op.n_items = call_items(&call, items, len, &op.items);
    return call_finish(&call, HF__REQUEST__OP_DICT_UPDATE, &op.base, sink_nothing());
}

/* ---- one item ---- */

hf_status hf_dict_delete_any(hf_dict dict, hf_any key) {
    return call_with_value(HF_OBJECT(dict), HF__REQUEST__OP_DICT_DELETE, key, sink_nothing());
}

hf_status hf_dict_delete(hf_dict dict, const char *key) {
    return hf_dict_delete_any(dict, hf_any_string(key));
}

hf_status hf_dict_contains_any(hf_dict dict, hf_any key, bool *contains) {
    return call_with_value(HF_OBJECT(dict), HF__REQUEST__OP_DICT_CONTAINS, key,
                           sink_truth(contains));
}

hf_status hf_dict_contains(hf_dict dict, const char *key, bool *contains) {
    return hf_dict_contains_any(dict, hf_any_string(key), contains);
}

hf_status hf_dict_pop_any(hf_dict dict, hf_any key, hf_any *value) {
    return call_with_value(HF_OBJECT(dict), HF__REQUEST__OP_DICT_POP, key, sink_any(value));
}

hf_status hf_dict_popitem(hf_dict dict, hf_any *key, hf_any *value) {
    return call_plain(HF_OBJECT(dict), HF__REQUEST__OP_DICT_POPITEM, sink_item(key, value));
}

hf_status hf_dict_setdefault_any(hf_dict dict, hf_any key, hf_any value, hf_any *present) {
    return call_with_values(HF_OBJECT(dict), HF__REQUEST__OP_DICT_SETDEFAULT,
                            (const hf_any *[]){&key, &value}, 2, sink_any(present));
}

static hf_status dict_add(hf_dict dict, hf_any key, hf_any amount, const hf_bounds *bounds,
                          hf_any initial, struct sink sink) {
    const hf_any *values[] = {&key, &amount, bounds ? call_given(&bounds->floor) : NULL,
                              bounds ? call_given(&bounds->ceiling) : NULL, call_given(&initial)};
    return call_with_values(HF_OBJECT(dict), HF__REQUEST__OP_DICT_ADD, values, 5,
                            sink_before(sink));
}

hf_status hf_dict_add_any(hf_dict dict, hf_any key, hf_any amount, const hf_bounds *bounds,
                          hf_any initial, hf_any *result) {
    return dict_add(dict, key, amount, bounds, initial, sink_any(result));
}

hf_status hf_dict_add_int(hf_dict dict, const char *key, int64_t amount, const hf_bounds *bounds,
                          int64_t *result) {
    return dict_add(dict, hf_any_string(key), hf_any_int(amount), bounds, hf_any_null(),
                    sink_int(result));
}

hf_status hf_dict_add_double(hf_dict dict, const char *key, double amount, const hf_bounds *bounds,
                             double *result) {
    return dict_add(dict, hf_any_string(key), hf_any_double(amount), bounds, hf_any_null(),
                    sink_double(result));
}

hf_status hf_dict_add_int_from(hf_dict dict, const char *key, int64_t amount,
                               const hf_bounds *bounds, int64_t initial, int64_t *result) {
    return dict_add(dict, hf_any_string(key), hf_any_int(amount), bounds, hf_any_int(initial),
                    sink_int(result));
}

hf_status hf_dict_add_double_from(hf_dict dict, const char *key, double amount,
                                  const hf_bounds *bounds, double initial, double *result) {
    return dict_add(dict, hf_any_string(key), hf_any_double(amount), bounds, hf_any_double(initial),
                    sink_double(result));
}

hf_status hf_dict_compare_and_set(hf_dict dict, hf_any key, const hf_any *expected,
                                  const hf_any *replacement) {
    return call_with_values(HF_OBJECT(dict), HF__REQUEST__OP_DICT_COMPARE_AND_SET,
                            (const hf_any *[]){&key, expected, replacement}, 3, sink_nothing());
}

/* ---- all of it ---- */

hf_status hf_dict_len(hf_dict dict, uint64_t *len) {
    return call_plain(HF_OBJECT(dict), HF__REQUEST__OP_DICT_LEN, sink_count(len));
}

hf_status hf_dict_clear(hf_dict dict) {
    return call_plain(HF_OBJECT(dict), HF__REQUEST__OP_DICT_CLEAR, sink_nothing());
}

hf_status hf_dict_copy(hf_dict dict, hf_any *map) {
    return call_plain(HF_OBJECT(dict), HF__REQUEST__OP_DICT_COPY, sink_any(map));
}

/* ---- page by page ---- */

hf_status hf_dict_keys(hf_dict dict, hf_any_array *keys) {
    return page_all_array(HF_OBJECT(dict), HF__REQUEST__OP_DICT_KEYS, keys);
}

hf_status hf_dict_values(hf_dict dict, hf_any_array *values) {
    return page_all_array(HF_OBJECT(dict), HF__REQUEST__OP_DICT_VALUES, values);
}

hf_status hf_dict_items(hf_dict dict, hf_any_map_array *items) {
    return page_all_items(HF_OBJECT(dict), HF__REQUEST__OP_DICT_ITEMS, items);
}

hf_status hf_dict_page(hf_dict dict, uint32_t limit, uint64_t *cursor, hf_any_map_array *items) {
    return page_one_items(HF_OBJECT(dict), HF__REQUEST__OP_DICT_ITEMS, limit, cursor, items);
}

/* ---- checks ---- */

static hf_status dict_check(hf_dict dict, Hf__Request__OpCase op_case, hf_any key,
                            hf_any expected) {
    hf_status status = pipeline_needs_batch(dict.client);
    if (status == HF_OK) {
        status = call_with_value(HF_OBJECT(dict), op_case, key, sink_nothing());
    }
    return status == HF_OK ? hf_batch_check_equals(dict.client, expected) : status;
}

hf_status hf_dict_check_equals(hf_dict dict, hf_any key, hf_any value) {
    return dict_check(dict, HF__REQUEST__OP_DICT_GET, key, value);
}

hf_status hf_dict_check_exists(hf_dict dict, hf_any key) {
    return dict_check(dict, HF__REQUEST__OP_DICT_CONTAINS, key, hf_any_bool(true));
}

hf_status hf_dict_check_absent(hf_dict dict, hf_any key) {
    return dict_check(dict, HF__REQUEST__OP_DICT_CONTAINS, key, hf_any_bool(false));
}
