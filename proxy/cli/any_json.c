/* SPDX-License-Identifier: MIT
 *
 * See any_json.h. What is packed as no manager sends it is shown as its bytes.
 */
#include "any_json.h"

#include "big_text.h"
#include "packed.h"
#include "shell.h"
#include "wire_limits.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static json_t *base64_json(const ProtobufCBinaryData *bytes) {
    char *text = shell_alloc(bytes->len / 3 * 4 + 5, 1);
    assert(bytes->len <= INT32_MAX / 4); /* a frame is far smaller */
    int len = EVP_EncodeBlock((unsigned char *)text, bytes->data, (int)bytes->len);
    assert(len >= 0 && (size_t)len == (bytes->len + 2) / 3 * 4);
    (void)len;
    json_t *json = json_string(text);
    free(text);
    return json;
}

json_t *any_json_bytes(const ProtobufCBinaryData *bytes) {
    return json_pack("{s:o}", "$bytes", base64_json(bytes));
}

json_t *any_json_text(const ProtobufCBinaryData *text) {
    json_t *json = json_stringn(text->len ? (const char *)text->data : "", text->len);
    return json ? json : any_json_bytes(text); /* not UTF-8: not from a manager */
}

static json_t *double_json(double number) {
    if (isfinite(number)) {
        return json_real(number);
    }
    return json_pack("{s:s}", "$double", isnan(number) ? "nan" : number > 0 ? "inf" : "-inf");
}

/* jansson's integers have a sign, so a larger number is a string of digits. */
json_t *any_json_natural(uint64_t number) {
    return number <= INT64_MAX ? json_integer((json_int_t)number)
                               : json_sprintf("%" PRIu64, number);
}

/* print_json_text() writes the digits of a decimal one without what is around them. */
static json_t *big_json(const struct packed_any *any) {
    char *text = big_text_write((struct big){any->bytes, any->len});
    json_t *json = json_pack("{s:s}", "$big", text);
    free(text);
    return json;
}

static json_t *packed_json(const struct packed_any *any);

static bool is_readable_opaque(const struct packed_any *any) {
    struct packed_opaque opaque;
    bool odd = false;
    return packed_read_opaque(any, &opaque, &odd);
}

/* Whether what is packed can be read, and is no deeper than the manager's. */
static bool is_readable(const struct packed_any *any, unsigned depth) {
    struct packed rest = packed_begin(any->bytes, any->len);
    struct packed_any parts[2] = {{0}, {0}};
    bool is_list = any->kind == HF__ANY__KIND_LIST || any->kind == HF__ANY__KIND_TUPLE;
    enum packed_found found = PACKED_ITEM;
    if (!is_list && any->kind != HF__ANY__KIND_MAP) {
        return any->kind != HF__ANY__KIND_OPAQUE || is_readable_opaque(any);
    }
    if (depth > HF_VALUE_MAX_DEPTH + 1) { /* the copy of a dict has one level more */
        return false;
    }
    while (found == PACKED_ITEM) {
        found =
            is_list ? packed_next(&rest, &parts[0]) : packed_next_pair(&rest, &parts[0], &parts[1]);
        if (found == PACKED_ITEM &&
            !(is_readable(&parts[0], depth + 1) && is_readable(&parts[1], depth + 1))) {
            return false;
        }
    }
    return found == PACKED_END;
}

/* True if parse_text() reads the map back from a JSON object. */
static bool has_plain_keys(const struct packed_any *map) {
    struct packed rest = packed_begin(map->bytes, map->len);
    struct packed_any key;
    struct packed_any value;
    while (packed_next_pair(&rest, &key, &value) == PACKED_ITEM) {
        if (key.kind != HF__ANY__KIND_STRING ||
            (key.len > 0 && (key.bytes[0] == '$' || memchr(key.bytes, 0, key.len)))) {
            return false;
        }
    }
    return true;
}

static json_t *map_json(const struct packed_any *map) {
    bool plain = has_plain_keys(map);
    json_t *json = plain ? json_object() : json_array();
    struct packed rest = packed_begin(map->bytes, map->len);
    struct packed_any key;
    struct packed_any value;
    while (packed_next_pair(&rest, &key, &value) == PACKED_ITEM) {
        if (plain) {
            char *name = shell_copy(key.bytes, key.len);
            (void)json_object_set_new(json, name, packed_json(&value));
            free(name);
        } else {
            (void)json_array_append_new(json,
                                        json_pack("[o,o]", packed_json(&key), packed_json(&value)));
        }
    }
    return plain ? json : json_pack("{s:o}", "$map", json);
}

static json_t *list_json(const struct packed_any *list) {
    json_t *json = json_array();
    struct packed rest = packed_begin(list->bytes, list->len);
    struct packed_any item;
    while (packed_next(&rest, &item) == PACKED_ITEM) {
        (void)json_array_append_new(json, packed_json(&item));
    }
    return json;
}

static ProtobufCBinaryData data_of(const struct packed_any *any) {
    return (ProtobufCBinaryData){any->len, (uint8_t *)(uintptr_t)any->bytes};
}

static json_t *refs_json(const struct packed_any *any) {
    json_t *json = json_array();
    struct packed rest = packed_begin(any->bytes, any->len);
    uint64_t ref = 0;
    while (packed_next_ref(&rest, &ref) == PACKED_ITEM) {
        (void)json_array_append_new(json, any_json_natural(ref));
    }
    return json;
}

static json_t *opaque_json(const struct packed_any *any) {
    struct packed_opaque opaque;
    bool odd = false;
    bool whole = packed_read_opaque(any, &opaque, &odd);
    assert(whole);
    (void)whole;
    const ProtobufCBinaryData parts[] = {data_of(&opaque.tag), data_of(&opaque.bytes),
                                         data_of(&opaque.equals)};
    json_t *json = json_pack("{s:o,s:o}", "$opaque", any_json_text(&parts[0]), "bytes",
                             base64_json(&parts[1]));
    if (opaque.equals.kind != HF__ANY__KIND__NOT_SET) {
        (void)json_object_set_new(json, "equals", base64_json(&parts[2]));
    }
    if (opaque.refs > 0) {
        (void)json_object_set_new(json, "refs", refs_json(any));
    }
    return json;
}

static json_t *packed_json(const struct packed_any *any) {
    const ProtobufCBinaryData data = data_of(any);
    switch (any->kind) {
    case HF__ANY__KIND_BOOL:
        return json_boolean(any->boolean);
    case HF__ANY__KIND_INT:
        return json_integer(any->integer);
    case HF__ANY__KIND_DOUBLE:
        return double_json(any->real);
    case HF__ANY__KIND_STRING:
        return any_json_text(&data);
    case HF__ANY__KIND_BYTES:
        return any_json_bytes(&data);
    case HF__ANY__KIND_LIST:
        return list_json(any);
    case HF__ANY__KIND_TUPLE:
        return json_pack("{s:o}", "$tuple", list_json(any));
    case HF__ANY__KIND_BIG:
        return big_json(any);
    case HF__ANY__KIND_OPAQUE:
        return opaque_json(any);
    case HF__ANY__KIND_MAP:
        return map_json(any);
    case HF__ANY__KIND_REF:
        return json_pack("{s:o}", "$ref", any_json_natural(any->ref));
    default:
        return json_null();
    }
}

/* data_of() and packed_json() read only the member of the kind. */
static struct packed_any packed_of(const Hf__Any *any) {
    struct packed_any packed = {.kind = (uint8_t)any->kind_case};
    switch (any->kind_case) {
    case HF__ANY__KIND_BOOL:
        packed.boolean = any->bool_ != 0;
        break;
    case HF__ANY__KIND_INT:
        packed.integer = any->int_;
        break;
    case HF__ANY__KIND_DOUBLE:
        packed.real = any->double_;
        break;
    case HF__ANY__KIND_STRING:
    case HF__ANY__KIND_BYTES:
    case HF__ANY__KIND_LIST:
    case HF__ANY__KIND_MAP:
    case HF__ANY__KIND_TUPLE:
    case HF__ANY__KIND_BIG:
    case HF__ANY__KIND_OPAQUE:
        packed.len = (uint32_t)any->bytes.len; /* a frame is far smaller */
        packed.bytes = any->bytes.data;
        break;
    case HF__ANY__KIND_REF:
        packed.ref = any->ref->id;
        break;
    case HF__ANY__KIND__NOT_SET:
    case _HF__ANY__KIND__CASE_IS_INT_SIZE:
        break;
    }
    return packed;
}

json_t *any_json(const Hf__Any *any) {
    const struct packed_any packed = packed_of(any);
    return is_readable(&packed, 1) ? packed_json(&packed) : any_json_bytes(&any->bytes);
}
