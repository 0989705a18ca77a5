/* SPDX-License-Identifier: MIT */
#include "attachment.h"

#include "mem.h"
#include "object.h"
#include "registry.h"
#include "table.h"

#include <assert.h>
#include <string.h>

/* In one block: the tag with its NUL, then the bytes. */
struct kept {
    uint64_t id;
    size_t tag_size;
    size_t len;
    char *block;
};

static bool attachment_is_of(const void *entry, const void *id) {
    return ((const struct kept *)entry)->id == *(const uint64_t *)id;
}

static struct kept *attachment_find(const struct object *object) {
    struct kept *kept = table_find(&object->registry->attachments, table_hash_id(object->id),
                                   attachment_is_of, &object->id);
    assert(kept);
    return kept;
}

void attachment_init(struct table *attachments) {
    table_init(attachments, sizeof(struct kept));
}

hf_status attachment_keep(struct object *object, const char *tag,
                          const ProtobufCBinaryData *bytes) {
    size_t tag_size = (tag ? strlen(tag) : 0) + 1;
    size_t len = bytes ? bytes->len : 0;
    assert(!object->attached);
    if (tag_size + len == 1) {
        return HF_OK;
    }
    char *block = mem_alloc(tag_size + len);
    struct kept *kept =
        block ? table_add(&object->registry->attachments, table_hash_id(object->id)) : NULL;
    if (!kept) {
        mem_free(block);
        return HF_NO_MEMORY;
    }
    *kept = (struct kept){object->id, tag_size, len, block};
    if (tag) {
        memcpy(block, tag, tag_size - 1);
    }
    if (len > 0) {
        memcpy(block + tag_size, bytes->data, len);
    }
    object->attached = true;
    return HF_OK;
}

struct attachment attachment_of(const struct object *object) {
    if (!object->attached) {
        return (struct attachment){.tag = ""};
    }
    const struct kept *kept = attachment_find(object);
    const uint8_t *bytes = (const uint8_t *)kept->block + kept->tag_size;
    return (struct attachment){kept->block, kept->len, kept->len > 0 ? bytes : NULL};
}

void attachment_drop(struct object *object) {
    if (object->attached) {
        struct kept *kept = attachment_find(object);
        mem_free(kept->block);
        table_remove(&object->registry->attachments, kept);
        object->attached = false;
    }
}
