/* SPDX-License-Identifier: MIT
 *
 * See any_json.h. The library writes the JSON of a value. A value that is packed as no manager
 * sends it is shown as its bytes.
 */
#include "any_json.h"

#include "json.h"
#include "shell.h"
#include "wire.h"

#include <assert.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdlib.h>

json_t *any_json_bytes(const ProtobufCBinaryData *bytes) {
    char *text = shell_alloc(bytes->len / 3 * 4 + 5, 1);
    assert(bytes->len <= INT32_MAX / 4); /* a frame is far smaller */
    int len = EVP_EncodeBlock((unsigned char *)text, bytes->data, (int)bytes->len);
    assert(len >= 0 && (size_t)len == (bytes->len + 2) / 3 * 4);
    (void)len;
    json_t *json = json_pack("{s:s}", "$bytes", text);
    free(text);
    return json;
}

json_t *any_json_text(const ProtobufCBinaryData *text) {
    json_t *json = json_stringn(text->len ? (const char *)text->data : "", text->len);
    return json ? json : any_json_bytes(text); /* not UTF-8: not from a manager */
}

/* jansson's integers have a sign, so a larger number is a string of digits. */
json_t *any_json_natural(uint64_t number) {
    return number <= INT64_MAX ? json_integer((json_int_t)number)
                               : json_sprintf("%" PRIu64, number);
}

/* print_json_text() writes the digits of a decimal big integer without what is around them. */
json_t *any_json(const Hf__Any *any) {
    hf_any value = hf_any_null();
    struct buffer text = {0};
    hf_status status = wire_take(any, &value);
    status = status == HF_OK ? json_write(&text, &value, JSON_BIGS_MARKED) : status;
    hf_any_clear(&value);
    json_t *json = status == HF_OK
                       ? json_loadb((const char *)buffer_front(&text), buffer_len(&text),
                                    JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL)
                       : any_json_bytes(&any->bytes);
    buffer_fini(&text);
    return shell_require(json); /* it is good JSON, so only memory can be lacking */
}
