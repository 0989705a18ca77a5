/* SPDX-License-Identifier: MIT
 *
 * What went wrong in the calling thread's last call, in words: hf_last_detail().
 */
#ifndef HF_DETAIL_H
#define HF_DETAIL_H

#include <holdfast/status.h>

/** Forget the last call's detail. */
void detail_clear(void);

/** Set the detail and return `status`, so that a refusal is one statement. */
hf_status detail_set(hf_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** While kept, detail_set() changes nothing: the first failure of a pipeline keeps the word. */
void detail_keep(bool keep);

#endif
