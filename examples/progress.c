/* SPDX-License-Identifier: MIT
 *
 * progress: a board that many workers fill and one program shows. Each worker has its entry in a
 * dict, so none needs a lock. The program that shows waits in a watch of all that is named film/...
 * It asks for nothing while nothing happens, and is told at once of all that has happened
 * meanwhile. Each worker also holds a lock of its own while it works. One worker ends without
 * releasing it, as if it had crashed, and the watch tells that too. At a terminal, a bar is drawn.
 *
 * Teaches: hf_dict_set_int, hf_watch_open, hf_watch_next, HF_CAUSE_HOLDER_DIED.
 *
 * Prints:
 *     worker 0: 20 of 20 frames
 *     worker 1: 20 of 20 frames
 *     worker 2: 13 of 20 frames, then it died
 *     worker 3: 20 of 20 frames
 *     73 of 80 frames
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS = 4, FRAMES = 20, CRASHES_AT = 13, NAME_BYTES = 32 };

struct film {
    hf_client *client;
    hf_dict board;
    hf_watch news;
    const char *ended[WORKERS]; /* how; NULL: it works */
    int64_t done[WORKERS];
};

static void draw(int number, void *context) {
    const struct film *film = context;
    char key[NAME_BYTES];
    char name[2 * NAME_BYTES];
    hf_lock working;
    (void)snprintf(key, sizeof key, "worker %d", number);
    (void)snprintf(name, sizeof name, "film/%s", key);
    check(hf_lock_open(film->client, name, NULL, &working));
    check(hf_lock_acquire(working, -1, NULL));
    for (int64_t frame = 1; frame <= FRAMES; frame++) {
        pause_ms(2); /* the work */
        check(hf_dict_set_int(film->board, key, frame));
        if (number == 2 && frame == CRASHES_AT) {
            return;
        }
    }
    check(hf_lock_release(working));
}

/* The number behind this word; -1: the text begins otherwise. */
static int worker_of(const char *text, const char *word) {
    size_t len = strlen(word);
    return strncmp(text, word, len) == 0 ? (int)strtol(text + len, NULL, 10) : -1;
}

/* Whether a worker has ended. */
static void note_change(struct film *film, const hf_change *change) {
    int number = worker_of(change->name, "film/worker ");
    if (number < 0) {
        return;
    }
    if (change->cause == HF_CAUSE_HOLDER_DIED) {
        film->ended[number] = ", then it died";
    } else if (strcmp(change->op, "lock_release") == 0) {
        film->ended[number] = "";
    }
}

/* Read the whole board in one step, and draw the bar. Returns the number of frames. */
static int64_t show_board(struct film *film, const char *what) {
    hf_any board;
    int64_t all = 0;
    check(hf_dict_copy(film->board, &board));
    for (size_t i = 0; i < board.len; i++) {
        int number = worker_of(board.pairs[i].key.string, "worker ");
        film->done[number] = board.pairs[i].value.as_int;
        all += film->done[number];
    }
    hf_any_clear(&board);
    show_bar((size_t)all, (size_t)WORKERS * FRAMES, what);
    return all;
}

static bool all_ended(const struct film *film) {
    bool ended = true;
    for (int i = 0; i < WORKERS; i++) {
        ended = ended && film->ended[i];
    }
    return ended;
}

/* However many changes there were, the board is read once. A worker that is killed before it has
 * its lock changes nothing: so when nothing happens for a second, the workers are counted. */
static void show_until_all_end(struct film *film, struct workers *workers) {
    uint64_t after = 0;
    while (!all_ended(film)) {
        hf_changes changes;
        hf_status status = hf_watch_next(film->news, &after, 0, 1000, &changes);
        if (status == HF_TIMEOUT && workers_running(workers) == 0) {
            break;
        }
        if (status == HF_TIMEOUT) {
            continue;
        }
        check(status);
        for (size_t i = 0; i < changes.len; i++) {
            note_change(film, &changes.items[i]);
        }
        hf_changes_clear(&changes);
        (void)show_board(film, "frames");
    }
}

int main(void) {
    struct film film = {.client = open_client()};
    const hf_watch_options all = {.prefix = "film/"};
    check(hf_watch_open(film.client, NULL, &all, &film.news)); /* before there is any news */
    check(hf_dict_open(film.client, "film/board", HF_OPEN_OR_CREATE, &film.board));

    struct workers workers;
    workers_start(&workers, "worker", WORKERS, draw, &film);
    show_until_all_end(&film, &workers);
    workers_wait(&workers);

    int64_t done = show_board(&film, "frames");
    for (int i = 0; i < WORKERS; i++) {
        printf("worker %d: %" PRId64 " of %d frames%s\n", i, film.done[i], FRAMES,
               film.ended[i] ? film.ended[i] : ", it never began");
    }
    printf("%" PRId64 " of %d frames\n", done, WORKERS * FRAMES);
    close_client(film.client);
    return 0;
}
