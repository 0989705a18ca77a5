/* SPDX-License-Identifier: MIT
 *
 * leader: of several processes of one service, one leads: it holds a lock under a lease, and
 * extends the lease as long as it runs. Here the leader is stopped, as by a debugger or a suspended
 * machine. It is not dead, but its lease ends, so the next process leads. When the old leader goes
 * on, it does not know of that yet. Its guard refuses what it does, and so tells it.
 *
 * Teaches: hf_lock_acquire_leased, hf_lock_extend, hf_guard, hf_grant.died.
 *
 * Prints:
 *     north leads
 *     north is stopped
 *     south leads, as the lease of north has ended
 *     north goes on
 *     north leads no longer: the grant that guards this request is over; nothing changed
 *     the log: nothing of north behind south's first line
 */
#define _POSIX_C_SOURCE 200809L /* kill() */

#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEASE_MS = 300, EXTEND_EVERY_MS = 20 };

struct service {
    hf_lock leader;
    hf_list log; /* only the leader writes to it */
    hf_queue news;
};

struct candidate {
    const char *name;
    struct service *service;
    hf_process *process;
};

static void tell(const struct candidate *candidate, const char *what, const char *more) {
    char text[400];
    (void)snprintf(text, sizeof text, "%s %s%s", candidate->name, what, more);
    check(hf_queue_put_string(candidate->service->news, text, -1));
}

static void tell_that_it_leads(const struct candidate *candidate, const hf_grant *grant) {
    char why[300] = "";
    if (grant->died.session != 0 && grant->died.lost == HF_LOST_LEASE) {
        (void)snprintf(why, sizeof why, ", as the lease of %s has ended", grant->died.label);
    }
    tell(candidate, "leads", why);
}

/* Lead until that is over. Each request is done only while the grant is in force. */
static hf_status lead(const struct candidate *candidate) {
    const struct service *service = candidate->service;
    hf_status status = HF_OK;
    while (status == HF_OK) {
        status = hf_list_append_string(service->log, candidate->name);
        if (status == HF_OK) {
            pause_ms(EXTEND_EVERY_MS);
            status = hf_lock_extend(service->leader, LEASE_MS);
        }
    }
    return status;
}

NORETURN static void stand_for_ever(const struct candidate *candidate) {
    const struct service *service = candidate->service;
    for (;;) {
        hf_grant grant;
        check(hf_lock_acquire_leased(service->leader, LEASE_MS, -1, &grant));
        tell_that_it_leads(candidate, &grant);
        check(hf_guard(service->leader, grant.fence));
        hf_status status = lead(candidate);
        check(hf_guard(service->leader, 0));
        tell(candidate, "leads no longer: ", hf_status_text(status));
    }
}

static int stand(void *argument) {
    stand_for_ever(argument);
}

static void start(struct candidate *candidate) {
    const hf_process_options options = {.name = candidate->name, .daemon = true};
    check(hf_process_start(stand, candidate, &options, &candidate->process));
}

static void signal_to(const struct candidate *candidate, int number, const char *what) {
    printf("%s %s\n", candidate->name, what);
    if (kill((pid_t)hf_process_pid(candidate->process), number) != 0) {
        give_up("the process cannot be signalled");
    }
}

static void print_news(const struct service *service) {
    char *text = NULL;
    check(hf_queue_get_string(service->news, -1, &text));
    puts(text);
    free(text);
}

static void end(struct candidate *candidate) {
    check(hf_process_kill(candidate->process));
    check(hf_process_join(candidate->process, -1));
    hf_process_free(candidate->process);
}

/* Whether no line of `first` follows one of another. */
static bool in_turn(hf_list log, const char *first) {
    hf_any_array lines;
    bool over = false;
    bool good = true;
    check(hf_list_copy(log, &lines));
    for (size_t i = 0; i < lines.len; i++) {
        bool is_first = strcmp(lines.items[i].string, first) == 0;
        good = good && !(over && is_first);
        over = over || !is_first;
    }
    hf_any_array_clear(&lines);
    return good;
}

int main(void) {
    hf_client *client = open_client();
    struct service service;
    struct candidate north = {"north", &service, NULL};
    struct candidate south = {"south", &service, NULL};
    check(hf_lock_open(client, "leader", NULL, &service.leader));
    check(hf_list_open(client, "log", HF_OPEN_OR_CREATE, &service.log));
    check(hf_queue_open(client, NULL, NULL, &service.news));

    start(&north);
    print_news(&service);
    start(&south); /* it waits */
    signal_to(&north, SIGSTOP, "is stopped");
    print_news(&service);
    signal_to(&north, SIGCONT, "goes on");
    print_news(&service);

    end(&north); /* it waits to lead again */
    end(&south);
    bool good = in_turn(service.log, "north");
    printf("the log: %s of north behind south's first line\n", good ? "nothing" : "lines");
    close_client(client);
    return good ? 0 : 1;
}
