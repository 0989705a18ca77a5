/* SPDX-License-Identifier: MIT
 *
 * The checks of a batch, see <holdfast/pipeline.h>. A check is a call that was collected like any
 * other. Then its request is put into the message of a check, together with the expected answer.
 */
#include "call.h"
#include "detail.h"
#include "encode.h"
#include "pipeline.h"
#include "wire.h"
#include "wire_limits.h"

#include <assert.h>
#include <holdfast/pipeline.h>
#include <string.h>

/* Keys of fields as varints on the wire: tag * 8, and + 2 if the field is length-delimited. */
enum {
    BATCH_CHECKS_KEY = 2 * 8 + 2,
    CHECK_STATUS_KEY = 2 * 8,
    CHECK_EQUALS_KEY = 3 * 8 + 2,
    KEY_BYTES = 1
};

/* The answer that a check expects. */
struct expected {
    hf_status status;
    const Hf__Any *equals; /* NULL: the status is expected */
};

static struct collection *find_batch(hf_client *client) {
    const struct session *session = client ? session_find(client) : NULL;
    struct collection *collection = session ? session->collection : NULL;
    return collection && collection->purpose == BATCH ? collection : NULL;
}

hf_status pipeline_needs_batch(hf_client *client) {
    detail_clear();
    return find_batch(client) ? HF_OK
                              : call_invalid("a check belongs to a batch, and none was begun");
}

/* The request at the end of the bytes already has the key and the length of Check.request. It gets
 * a head before it and one more field behind it. */
static hf_status wrap_last(struct collection *collection, struct expected expected) {
    assert(collection->last_len > 0 && collection->last_len <= buffer_len(&collection->bytes));
    uint8_t head[KEY_BYTES + HF_VARINT_MAX_BYTES] = {BATCH_CHECKS_KEY};
    uint8_t field[KEY_BYTES + HF_VARINT_MAX_BYTES] = {CHECK_STATUS_KEY};
    uint64_t number = (uint64_t)expected.status;
    size_t value_len = 0;
    if (expected.equals) {
        field[0] = CHECK_EQUALS_KEY;
        number = value_len = hf__any__get_packed_size(expected.equals);
    }
    size_t request_len = collection->last_len;
    size_t field_len = KEY_BYTES + encode_varint(field + KEY_BYTES, number);
    size_t head_len =
        KEY_BYTES + encode_varint(head + KEY_BYTES, request_len + field_len + value_len);
    size_t more = head_len + field_len + value_len;
    uint8_t *end = buffer_reserve(&collection->bytes, more);
    if (!end) {
        return detail_set(HF_NO_MEMORY, "no memory for a check of %zu bytes", more);
    }
    uint8_t *request = end - request_len;
    memmove(request + head_len, request, request_len);
    memcpy(request, head, head_len);
    memcpy(end + head_len, field, field_len);
    if (expected.equals) {
        (void)hf__any__pack(expected.equals, end + head_len + field_len); /* value_len bytes */
    }
    collection->bytes.end += more;
    return HF_OK;
}

/* The batch must not be sent without this check: a refusal is remembered for the finish. */
static hf_status check_last(struct collection *collection, struct expected expected) {
    assert(collection->purpose == BATCH);
    if (collection->broken != HF_OK) {
        return collection->broken;
    }
    if (collection->last_len > 0) {
        hf_status status = wrap_last(collection, expected);
        if (status != HF_OK) {
            return pipeline_spoil(collection, status);
        }
        assert(collection->count > 0);
        collection->last_len = 0;
        collection->count--;
        collection->checks++;
        return HF_OK;
    }
    return pipeline_spoil(collection, detail_set(HF_INVALID, "there is no call for this check"));
}

hf_status hf_batch_check(hf_client *client, hf_status status) {
    hf_status found = pipeline_needs_batch(client);
    return found == HF_OK ? check_last(find_batch(client), (struct expected){status, NULL}) : found;
}

hf_status hf_batch_check_equals(hf_client *client, hf_any value) {
    hf_status status = pipeline_needs_batch(client);
    if (status != HF_OK) {
        return status;
    }
    struct collection *batch = find_batch(client);
    struct scratch scratch;
    Hf__Any wire;
    scratch_init(&scratch);
    status = wire_put(&scratch, value, &wire);
    if (status == HF_OK) {
        status = check_last(batch, (struct expected){HF_OK, &wire});
    } else {
        (void)pipeline_spoil(batch, status);
    }
    scratch_fini(&scratch);
    return status;
}
