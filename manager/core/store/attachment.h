/* SPDX-License-Identifier: MIT
 *
 * The tag and the attachment of an object: what the programs that use it want to know of it. They
 * are set when it is created and never change. The registry keeps them beside the objects, so that
 * an object without them has one flag for it.
 */
#ifndef HF_ATTACHMENT_H
#define HF_ATTACHMENT_H

#include <holdfast/status.h>
#include <protobuf-c/protobuf-c.h>

struct object;
struct table;

/** The table of all of them, in the registry. */
void attachment_init(struct table *attachments);

struct attachment {
    const char *tag; /**< "": none */
    size_t len;
    const uint8_t *bytes; /**< NULL: none */
};

/** Keep a copy for a new object; of a tag that is NULL and 0 bytes, nothing. Returns HF_OK,
 * HF_NO_MEMORY. */
HF_MUST_USE hf_status attachment_keep(struct object *object, const char *tag,
                                      const ProtobufCBinaryData *bytes);

/** Get them as they were kept. */
struct attachment attachment_of(const struct object *object);

/** The object is freed. */
void attachment_drop(struct object *object);

#endif
