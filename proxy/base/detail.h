/* SPDX-License-Identifier: MIT
 *
 * What went wrong in the calling thread's last call, in words: hf_last_detail().
 */
#ifndef HF_DETAIL_H
#define HF_DETAIL_H

#include <holdfast/status.h>

/** Forget the last call's detail. */
void detail_clear(void);

/** Set the detail, with a format and its arguments. Its value is `status`, so that a refusal is one
 *  statement; a macro, so that an analyser sees that, too. */
#define detail_set(status, ...) (detail_write(__VA_ARGS__), (status))

void detail_write(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** While kept, detail_write() changes nothing: the first failure of a pipeline keeps the word. */
void detail_keep(bool keep);

#endif
