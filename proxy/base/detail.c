/* SPDX-License-Identifier: MIT
 *
 * See detail.h. A thread-local buffer: no allocation, so that also
 * a lack of memory can be reported.
 */
#include "detail.h"

#include "text.h"
#include "wire_limits.h"

#include <errno.h>
#include <holdfast/client.h>
#include <stdarg.h>
#include <stdio.h>

static _Thread_local char last[HF_DETAIL_MAX_BYTES + 1];
static _Thread_local bool kept;

void detail_clear(void) {
    last[0] = 0;
}

void detail_write(const char *format, ...) {
    if (kept) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    struct text text = text_in(last, sizeof last);
    text_add_args(&text, format, arguments);
    va_end(arguments);
}

void detail_keep(bool keep) {
    kept = keep;
}

const char *hf_last_detail(void) {
    return last;
}

void hf_perror(const char *what, hf_status status) {
    int error = errno;
    bool named = what && what[0];
    const char *words = hf_ok(status) || !last[0] ? hf_status_text(status) : last;
    (void)fprintf(stderr, "%s%s%s (%s)\n", named ? what : "", named ? ": " : "", words,
                  hf_status_name(status));
    errno = error;
}
