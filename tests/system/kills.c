/* SPDX-License-Identifier: MIT
 *
 * See kills.h.
 */
#include "kills.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { P99_US_MAX = 50000 /* on a machine that does other things as well */ };

static int compare(const void *one, const void *other) {
    int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
    return (a > b) - (a < b);
}

void kills_report(const char *who, int64_t *took_us, size_t count) {
    qsort(took_us, count, sizeof took_us[0], compare);
    print_message("from kill -9 to %s, %zu times: median %lld us, p99 %lld us\n", who, count,
                  (long long)took_us[count / 2], (long long)took_us[count * 99 / 100]);
    assert_true(took_us[count * 99 / 100] < P99_US_MAX);
}
