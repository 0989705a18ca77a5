/* SPDX-License-Identifier: MIT
 *
 * A client's memory of the named objects that it has opened, so that a handle can be opened again
 * when the manager was restarted: for each id the request that has opened it, and the id that the
 * object has now. Threads share it; the fork lock guards it, so that a forked child has it
 * whole.
 *
 * It is bounded: of very many objects those are forgotten that were not opened for longest.
 */
#ifndef HF_OPENINGS_H
#define HF_OPENINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct openings;

/** NULL: no memory. */
struct openings *openings_new(void);

/** NULL is accepted. */
void openings_free(struct openings *openings);

/** The packed request has opened the object with this id. Without memory it is not noted. */
void openings_note(struct openings *openings, uint64_t id, const uint8_t *request, size_t len);

/** The object was deleted: it is not to be opened again. */
void openings_forget(struct openings *openings, uint64_t id);

/** A copy of the request that has opened this id, to be freed; NULL: it is not known, there is no
 * memory, or the object was opened again in this run. A run is known by its first id. */
uint8_t *openings_to_repeat(struct openings *openings, uint64_t id, uint64_t run, size_t *len);

/** The object with this id was opened again, and has another one in this run. */
void openings_renew(struct openings *openings, uint64_t id, uint64_t run, uint64_t present);

/** The id that an object has in this run; `id` itself if it was not opened again. */
uint64_t openings_present(struct openings *openings, uint64_t id, uint64_t run);

#endif
