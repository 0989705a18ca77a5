/* SPDX-License-Identifier: MIT
 *
 * The ids of objects in a packed request: the object that it is for, others that its operation
 * names, its guard, references in its values, and the same of requests inside it.
 */
#ifndef HF_IDS_H
#define HF_IDS_H

#include "buffer.h"
#include "holdfast.pb-c.h"

/** Called for an id. */
typedef void ids_visit(void *context, uint64_t id);

/** Returns the id in the place of this one. */
typedef uint64_t ids_replace(void *context, uint64_t id);

/** Visit each id of a packed request but those of guards. Returns false if it is not well formed,
 * or nested too deep. */
bool ids_each(const uint8_t *request, size_t len, ids_visit *visit, void *context);

/** Append the request to `out` with other ids. Returns false, with `out` as it was: no memory. */
bool ids_renew(const uint8_t *request, size_t len, ids_replace *replace, void *context,
               struct buffer *out);

#endif
