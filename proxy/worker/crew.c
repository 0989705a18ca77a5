/* SPDX-License-Identifier: MIT
 *
 * See crew.h.
 */
#include "crew.h"

#include "deadline.h"
#include "launch.h"
#include "utf8.h"
#include "wire_limits.h"
#include "work.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { EXIT_FAILED = 1, EXIT_NOT_RUN = 127, NUMBER_MAX_BYTES = 24, LABEL_KEPT_BYTES = 200 };

bool crew_init(struct crew *crew, size_t most) {
    *crew = (struct crew){.most = most, .next_number = 1};
    crew->hands = calloc(most, sizeof *crew->hands);
    return crew->hands != NULL;
}

/* ---- a new one ---- */

struct birth {
    struct crew *crew;
    pid_t supervisor;
    struct work_place place;
    int64_t idle_ms;
    char label[HF_LABEL_MAX_BYTES];
};

static int run_function(const struct birth *birth) {
    hf_work work = birth->crew->options->work;
    work.idle_ms = birth->idle_ms;
    hf_status status = work_run(birth->crew->client, &birth->place, &work);
    bool over = status == HF_DELETED || status == HF_NO_OBJECT || hf_status_is_fatal(status);
    if (status != HF_OK && !over) {
        (void)fprintf(stderr, "%s cannot work: %s: %s\n", birth->label, hf_status_name(status),
                      hf_last_detail()[0] ? hf_last_detail() : hf_status_text(status));
    }
    return status == HF_OK ? 0 : EXIT_FAILED;
}

static bool set_environment(const struct birth *birth) {
    const struct work_place *place = &birth->place;
    char pool[NUMBER_MAX_BYTES];
    char worker[4 * NUMBER_MAX_BYTES];
    (void)snprintf(pool, sizeof pool, "#%" PRIu64, place->pool);
    (void)snprintf(worker, sizeof worker, "%" PRIu64 ":%" PRIu64 ":%" PRId64 ":%" PRIu64,
                   place->supervisor, place->number, birth->idle_ms,
                   birth->crew->options->work.max_tasks);
    return setenv(WORK_POOL_VARIABLE, pool, 1) == 0 &&
           setenv(WORK_WORKER_VARIABLE, worker, 1) == 0 &&
           setenv("HOLDFAST_ADDRESS", hf_client_address(birth->crew->client), 1) == 0 &&
           setenv("HOLDFAST_LABEL", birth->label, 1) == 0;
}

static int run_program(const struct birth *birth) {
    const struct crew *crew = birth->crew;
    if (set_environment(birth)) {
        (void)execv(crew->path, (char *const *)(uintptr_t)crew->options->program);
    }
    (void)fprintf(stderr, "%s: cannot run %s: %s\n", birth->label, crew->path, strerror(errno));
    return EXIT_NOT_RUN;
}

static int be_worker(void *argument) {
    const struct birth *birth = argument;
    struct crew *crew = birth->crew;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != birth->supervisor) {
        return EXIT_FAILED;
    }
    for (size_t i = 0; i < crew->count; i++) {
        child_fini(&crew->hands[i].child);
    }
    (void)close(crew->parent_fd);
    return crew->path ? run_program(birth) : run_function(birth);
}

hf_status crew_add(struct crew *crew, int64_t idle_ms) {
    assert(crew->count < crew->most);
    struct birth birth = {.crew = crew,
                          .supervisor = getpid(),
                          .place = {crew->pool, crew->supervisor, crew->next_number},
                          .idle_ms = idle_ms};
    char kept[LABEL_KEPT_BYTES];
    utf8_copy(kept, sizeof kept, crew->label);
    (void)snprintf(birth.label, sizeof birth.label, "%s worker %" PRIu64, kept, crew->next_number);
    const struct launch launch = {.name = birth.label, .function = be_worker, .argument = &birth};
    struct hand *hand = &crew->hands[crew->count];
    hf_status status = launch_function(&launch, &hand->child);
    if (status == HF_OK) {
        hand->number = crew->next_number++;
        hand->kill_ms = DEADLINE_NEVER;
        crew->count++;
    }
    return status;
}

/* ---- those there are ---- */

static void forget(struct crew *crew, struct hand *hand) {
    child_fini(&hand->child);
    *hand = crew->hands[--crew->count];
}

void crew_watch(const struct crew *crew, struct pollfd *polls) {
    for (size_t i = 0; i < crew->count; i++) {
        polls[i] = (struct pollfd){crew->hands[i].child.pidfd, POLLIN, 0};
    }
}

bool crew_fetch(struct crew *crew, size_t index, struct ending *ending) {
    assert(index < crew->count);
    struct hand *hand = &crew->hands[index];
    *ending = (struct ending){.number = hand->number};
    enum child_state state = child_reap(&hand->child, &ending->code);
    if (state == CHILD_RUNS) {
        return false;
    }
    ending->known = state == CHILD_ENDED;
    forget(crew, hand);
    return true;
}

static void doom(struct hand *hand, int64_t kill_ms) {
    hand->kill_ms = kill_ms < hand->kill_ms ? kill_ms : hand->kill_ms;
}

void crew_doom(struct crew *crew, uint64_t number, int64_t kill_ms) {
    for (size_t i = 0; i < crew->count; i++) {
        if (crew->hands[i].number == number) {
            doom(&crew->hands[i], kill_ms);
        }
    }
}

void crew_doom_all(struct crew *crew, int64_t kill_ms) {
    for (size_t i = 0; i < crew->count; i++) {
        doom(&crew->hands[i], kill_ms);
    }
}

int64_t crew_kill_due(struct crew *crew, int64_t now_ms) {
    int64_t next_ms = DEADLINE_NEVER;
    for (size_t i = 0; i < crew->count; i++) {
        struct hand *hand = &crew->hands[i];
        if (hand->kill_ms <= now_ms) {
            (void)child_signal(&hand->child, SIGKILL);
            hand->kill_ms = DEADLINE_NEVER;
        }
        next_ms = hand->kill_ms < next_ms ? hand->kill_ms : next_ms;
    }
    return next_ms;
}

void crew_end(struct crew *crew) {
    for (size_t i = 0; i < crew->count; i++) {
        (void)child_signal(&crew->hands[i].child, SIGKILL);
    }
    while (crew->count > 0) {
        struct hand *hand = &crew->hands[crew->count - 1];
        int code = 0;
        (void)child_ends_by(&hand->child, DEADLINE_NEVER);
        (void)child_reap(&hand->child, &code);
        forget(crew, hand);
    }
    free(crew->hands);
    crew->hands = NULL;
}
