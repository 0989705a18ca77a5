/* SPDX-License-Identifier: MIT
 *
 * The detail of the calling thread's last failure, in words: hf_last_detail().
 */
#ifndef HF_DETAIL_H
#define HF_DETAIL_H

#include <holdfast/status.h>

/** Forget the last call's detail. */
void detail_clear(void);

/** Set the detail with a format and its arguments. The value is `status`, so that a refusal is one
 *  statement. It is a macro so that an analyser sees that as well. */
#define detail_set(status, ...) (detail_write(__VA_ARGS__), (status))

void detail_write(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** While it is kept, detail_write() changes nothing: a pipeline has the detail of its first
 * failure. */
void detail_keep(bool keep);

#endif
