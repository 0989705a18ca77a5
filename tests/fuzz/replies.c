/* SPDX-License-Identifier: MIT
 *
 * See replies.h.
 */
#include "replies.h"

#include "decoded.h"
#include "frame.h"
#include "wire_limits.h"

#include <holdfast.pb-c.h>
#include <stdlib.h>
#include <string.h>

void must(bool holds) {
    if (!holds) {
        abort();
    }
}

static void check(const uint8_t *body, size_t len) {
    must(len <= HF_REPLY_MAX_BYTES);
    must(decoded_check(&hf__reply__descriptor, body, len) == HF_OK);
}

void replies_add(struct replies *replies, const uint8_t *bytes, size_t len,
                 void (*take)(const uint8_t *body, size_t len)) {
    must(!replies->over);
    if (!bytes) {
        must(replies->len == 0);
        replies->over = true;
        return;
    }
    replies->bytes = realloc(replies->bytes, replies->len + len + 1);
    must(replies->bytes != NULL);
    memcpy(replies->bytes + replies->len, bytes, len);
    replies->len += len;
    size_t taken = 0;
    while (replies->len - taken >= HF_FRAME_HEADER_BYTES) {
        const uint8_t *body = replies->bytes + taken + HF_FRAME_HEADER_BYTES;
        size_t body_len = frame_body_len(replies->bytes + taken);
        if (replies->len - taken - HF_FRAME_HEADER_BYTES < body_len) {
            break;
        }
        check(body, body_len);
        if (take) {
            take(body, body_len);
        }
        taken += HF_FRAME_HEADER_BYTES + body_len;
    }
    replies->len -= taken;
    memmove(replies->bytes, replies->bytes + taken, replies->len);
}

void replies_begin(struct replies *replies) {
    replies->over = false;
    replies->len = 0;
}

void replies_free(struct replies *replies) {
    free(replies->bytes);
}
