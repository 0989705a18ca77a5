/* SPDX-License-Identifier: MIT
 *
 * What does a list of small maps cost the manager, beside one block of as many bytes? The core in
 * memory sets it in a dict and gets it again. CPU time, so other load on the machine matters
 * little; no socket is behind it.
 *
 *     nested [N]    2,000 maps if N is not given
 */
#include "core.h"
#include "frame.h"
#include "mem.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BURSTS = 9, BURST_NS = 20000000 };

static struct core *core;
static struct session *ada;
static uint64_t opened_id;
static size_t replied; /* bytes of the last reply */

static int64_t cpu_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void output(void *peer, const uint8_t *bytes, size_t len) {
    (void)peer;
    assert_non_null(bytes);
    replied = len;
    if (len < 256) {
        Hf__Reply *reply =
            hf__reply__unpack(NULL, frame_body_len(bytes), bytes + HF_FRAME_HEADER_BYTES);
        assert_int_equal(reply->status, HF__STATUS__OK);
        opened_id = reply->result_case == HF__REPLY__RESULT_OBJECT ? reply->object->id : 0;
        hf__reply__free_unpacked(reply, NULL);
    }
}

struct frame {
    uint8_t *bytes;
    size_t len;
};

static struct frame frame_of(Hf__Request request) {
    request.has_id = true;
    request.id = 1;
    size_t len = hf__request__get_packed_size(&request);
    struct frame frame = {malloc(HF_FRAME_HEADER_BYTES + len), HF_FRAME_HEADER_BYTES + len};
    assert_non_null(frame.bytes);
    frame_put_header(frame.bytes, (uint32_t)len);
    (void)hf__request__pack(&request, frame.bytes + HF_FRAME_HEADER_BYTES);
    return frame;
}

static void serve(struct frame frame) {
    assert_int_equal(core_feed(core, ada, frame.bytes, frame.len), frame.len);
    while (core_tick(core, 0) == 0) { /* free what was replaced */
    }
}

static void once(Hf__Request request) {
    struct frame frame = frame_of(request);
    serve(frame);
    free(frame.bytes);
}

/* {"id": 7, "name": "row-7", "ratio": 2.33, "tags": ["a", "b"]} */
static Hf__Any *row(size_t i) {
    char name[32];
    (void)snprintf(name, sizeof name, "row-%zu", i);
    return of_map(4, of_string("id"), of_int((int64_t)i), of_string("name"), of_string(name),
                  of_string("ratio"), of_double((double)i / 3), of_string("tags"),
                  of_list(2, of_string("a"), of_string("b")));
}

static int by_size(const void *a, const void *b) {
    double one = *(const double *)a;
    double other = *(const double *)b;
    return one < other ? -1 : one > other;
}

static void measure(const char *what, uint64_t dict, Hf__Any *value) {
    size_t before = mem_used();
    struct frame set = frame_of(REQUEST(dict, dict_set, .key = of_int(1), .value = value));
    struct frame get = frame_of(REQUEST(dict, dict_get, .key = of_int(1)));
    double us[BURSTS];
    serve(set);
    size_t kept = mem_used() - before;
    serve(get);
    for (size_t i = 0; i < BURSTS; i++) {
        int64_t began_ns = cpu_ns();
        size_t count = 0;
        do {
            serve(set);
            serve(get);
            count++;
        } while (cpu_ns() - began_ns < BURST_NS);
        us[i] = (double)(cpu_ns() - began_ns) / 1e3 / (double)count;
    }
    qsort(us, BURSTS, sizeof us[0], by_size);
    printf("%-16s %9zu bytes  set and get %9.1f us of CPU  kept in %9zu bytes\n", what, replied,
           us[BURSTS / 2], kept);
    once(REQUEST(dict, dict_clear));
    free(set.bytes);
    free(get.bytes);
}

int main(int argc, char **argv) {
    size_t rows = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000;
    struct core_config config = core_defaults();
    memcpy(config.seed, "a seed of thirty-two bytes, here", sizeof config.seed);
    core = core_new(&config, output);
    assert_non_null(core);
    ada = core_open(core, NULL, false);
    once(REQUEST(0, hello, .version = 1, .label = name_of("nested")));
    once(REQUEST(0, dict_open));
    uint64_t dict = opened_id;

    Hf__Any **maps = calloc(rows + 1, sizeof *maps);
    assert_non_null(maps);
    for (size_t i = 0; i < rows; i++) {
        maps[i] = row(i);
    }
    Hf__Any *list = of_values(rows, maps);
    measure("a list of maps", dict, list);
    measure("one block", dict, of_bytes(list->list.data, list->list.len));
    free(maps);
    core_free(core);
    return 0;
}
