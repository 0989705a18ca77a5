/* SPDX-License-Identifier: MIT
 *
 * See keep.h.
 */
#include "keep.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 1 << 17, ALIGNMENT = 16 };

struct block {
    struct block *next;
    _Alignas(ALIGNMENT) unsigned char bytes[];
};

static struct block *blocks;
static size_t left; /* in the first one */

void *keep(size_t size) {
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (size > left) {
        size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        struct block *block = calloc(1, sizeof *block + room);
        assert(block);
        block->next = blocks;
        blocks = block;
        left = room;
    }
    left -= size;
    return blocks->bytes + left;
}

char *keep_string(const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    assert(len >= 0 && (size_t)len < sizeof text);
    char *kept = keep((size_t)len + 1);
    for (int i = 0; i < len; i++) {
        kept[i] = text[i];
    }
    return kept;
}

static void *allocate(void *context, size_t size) {
    (void)context;
    return keep(size);
}

static void let_be(void *context, void *memory) {
    (void)context;
    (void)memory;
}

Hf__Request *keep_request(const Hf__Request *request) {
    ProtobufCAllocator allocator = {allocate, let_be, NULL};
    uint8_t *packed = keep(hf__request__get_packed_size(request));
    size_t len = hf__request__pack(request, packed);
    Hf__Request *kept = hf__request__unpack(&allocator, len, packed);
    assert(kept);
    return kept;
}

Hf__Reply *keep_reply(void) {
    Hf__Reply *reply = keep(sizeof *reply);
    hf__reply__init(reply);
    return reply;
}

Hf__Any *keep_any(Hf__Any__KindCase kind) {
    Hf__Any *any = keep(sizeof *any);
    hf__any__init(any);
    any->kind_case = kind;
    return any;
}

void keep_nothing(void) {
    while (blocks) {
        struct block *first = blocks;
        blocks = first->next;
        free(first);
    }
    left = 0;
}
