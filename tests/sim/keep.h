/* SPDX-License-Identifier: MIT
 *
 * Memory that lasts until the end of a run: the model never frees anything itself.
 */
#ifndef HF_SIM_KEEP_H
#define HF_SIM_KEEP_H

#include <holdfast.pb-c.h>
#include <stddef.h>
#include <stdint.h>

/** Zeroed memory; never NULL. */
void *keep(size_t size);

/** A string made as by printf. */
char *keep_string(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** A copy of a request that lasts: packed and unpacked again, as the manager sees it. */
Hf__Request *keep_request(const Hf__Request *request);

/** Empty messages. */
Hf__Reply *keep_reply(void);
Hf__Any *keep_any(Hf__Any__KindCase kind);

/** Release all of it. */
void keep_nothing(void);

#endif
