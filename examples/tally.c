/* SPDX-License-Identifier: MIT
 *
 * See tally.h.
 */
#include "tally.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { SHOW_EVERY_MS = 50 };

void tally_send(hf_queue reports, const struct report *report) {
    hf_any numbers[] = {
        hf_any_int(report->number),
        hf_any_int(report->longest_wait_ns),
        hf_any_int(report->done_ns),
    };
    check(hf_queue_put_any(reports, hf_any_list(numbers, 3), -1));
}

static void add_report(struct tally *tally, const struct report *report) {
    bool first = tally->reported == 0;
    if (first || report->longest_wait_ns > tally->longest.longest_wait_ns) {
        tally->longest = *report;
    }
    if (first || report->longest_wait_ns < tally->least_wait_ns) {
        tally->least_wait_ns = report->longest_wait_ns;
    }
    if (first || report->done_ns < tally->first_done_ns) {
        tally->first_done_ns = report->done_ns;
    }
    if (first || report->done_ns > tally->last_done_ns) {
        tally->last_done_ns = report->done_ns;
    }
    tally->reported++;
}

/* Print one line that changes on a terminal, elsewhere a line for each quarter. */
static void show_progress(struct tally *tally, hf_value count) {
    int64_t left = 0;
    check(hf_value_get(count, &left));
    if (isatty(STDOUT_FILENO)) {
        printf("\r%10" PRId64 " to go ", left);
    } else if ((tally->total - left) * 4 / tally->total > tally->quarters) {
        tally->quarters = (int)((tally->total - left) * 4 / tally->total);
        printf("%10" PRId64 " to go\n", left);
    }
    (void)fflush(stdout);
}

static bool take_report(struct tally *tally, hf_queue reports, int64_t timeout_ms) {
    hf_any numbers;
    hf_status status = hf_queue_get_any(reports, timeout_ms, &numbers);
    if (status == HF_TIMEOUT) {
        return false;
    }
    check(status);
    const hf_any *items = numbers.items;
    add_report(tally, &(struct report){items[0].as_int, items[1].as_int, items[2].as_int});
    hf_any_clear(&numbers);
    return true;
}

void tally_collect(struct tally *tally, hf_queue reports, hf_value count,
                   struct workers *processes) {
    int64_t shown_ns = tally->start_ns;
    while (tally->reported < tally->workers) {
        /* Count first: a worker that has ended has sent its report, or never will. */
        bool running = workers_running(processes) > 0;
        if (!take_report(tally, reports, running ? SHOW_EVERY_MS : 0) && !running) {
            break;
        }
        if (now_ns() - shown_ns >= SHOW_EVERY_MS * INT64_C(1000000)) {
            show_progress(tally, count);
            shown_ns = now_ns();
        }
    }
    show_progress(tally, count);
    if (isatty(STDOUT_FILENO)) {
        printf("\n");
    }
}

static double seconds(int64_t from_ns, int64_t to_ns) {
    return (double)(to_ns - from_ns) / 1e9;
}

void tally_print(const struct tally *tally, const char *what) {
    double first_s = seconds(tally->start_ns, tally->first_done_ns);
    double last_s = seconds(tally->start_ns, tally->last_done_ns);
    printf("%" PRId64 " sections by %d processes in %.3f s: %.0f a second\n", tally->total,
           tally->reported, last_s, (double)tally->total / last_s);
    printf("longest wait for %s: %.1f ms, by worker %" PRId64 "\n", what,
           (double)tally->longest.longest_wait_ns / 1e6, tally->longest.number);
    printf(
        "fairness: the longest wait of the luckiest worker was %.1f ms; the first worker was done "
        "after %.3f s, the last after %.3f s\n",
        (double)tally->least_wait_ns / 1e6, first_s, last_s);
}
