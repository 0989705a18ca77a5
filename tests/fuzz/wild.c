/* SPDX-License-Identifier: MIT
 *
 * Wild runs: several sessions send random requests of every operation, in any state, while sessions
 * die, time jumps, memory runs out and single allocations fail. There is no model: no assert of the
 * manager may fail, every reply is a valid frame, and nothing leaks. Without a model a request
 * costs little, so states are reached that the simulator hardly ever sees.
 *
 *     wild --seeds 1..1000 --steps 500
 *
 * A run that fails prints its seed and step; `--seed N --trace` prints the requests of one.
 */
#include "core.h"
#include "frame.h"
#include "mem.h"
#include "random_request.h"
#include "replies.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SESSIONS = 5, FRAME_MAX = RANDOM_ARENA_BYTES };

struct peer {
    struct session *session;
    struct replies replies;
};

struct wild {
    struct core *core;
    struct peer peers[SESSIONS];
    struct random_requests made;
    int64_t now_ms;
    uint64_t sent_id; /* of the latest request */
    uint64_t sent_object;
    bool trace;
};

static struct wild wild;
static char headline[100];

/* Only what is allowed in a signal handler. */
static void on_abort(int number) {
    (void)number;
    (void)!write(STDERR_FILENO, headline, strlen(headline));
    _Exit(1);
}

/* ---- out ---- */

static void read_reply(const uint8_t *body, size_t len) {
    Hf__Reply *reply = hf__reply__unpack(NULL, len, body);
    must(reply != NULL);
    random_learn(&wild.made, reply);
    if (reply->status == HF__STATUS__NO_OBJECT && reply->id == wild.sent_id) {
        random_forget(&wild.made, wild.sent_object);
    }
    if (wild.trace) {
        printf("    answered: %llu status %d %s\n", (unsigned long long)reply->id,
               (int)reply->status, reply->detail ? reply->detail : "");
    }
    hf__reply__free_unpacked(reply, NULL);
}

static void output(void *context, const uint8_t *bytes, size_t len) {
    struct peer *peer = context;
    replies_add(&peer->replies, bytes, len, read_reply);
}

/* ---- in ---- */

static void send(struct peer *peer, const Hf__Request *request) {
    static uint8_t frame[FRAME_MAX];
    size_t len = hf__request__get_packed_size(request);
    if (!peer->session || len > sizeof frame - HF_FRAME_HEADER_BYTES) {
        return;
    }
    frame_put_header(frame, (uint32_t)len);
    (void)hf__request__pack(request, frame + HF_FRAME_HEADER_BYTES);
    size_t frame_len = HF_FRAME_HEADER_BYTES + len;
    size_t refused = 0; /* of a frame that there is no memory for, so much has come before */
    if (random_chance(&wild.made, 1)) {
        refused = HF_FRAME_HEADER_BYTES + random_below(&wild.made, len);
        core_refuse_frame(wild.core, peer->session, frame, refused);
    }
    while (refused < frame_len) {
        size_t some = refused ? 1 + random_below(&wild.made, frame_len - refused) : frame_len;
        must(core_feed(wild.core, peer->session, frame + refused, some) == some);
        refused += some;
    }
}

static void come(struct peer *peer) {
    char label[HF_LABEL_MAX_BYTES + 1];
    (void)snprintf(label, sizeof label, "%0*d", (int)(1 + random_below(&wild.made, 250)), 7);
    Hf__Hello hello = HF__HELLO__INIT;
    Hf__Request request = HF__REQUEST__INIT;
    hello.version = 1;
    hello.label = label;
    hello.has_family = random_chance(&wild.made, 50);
    hello.family = (ProtobufCBinaryData){HF_FAMILY_BYTES, (uint8_t[HF_FAMILY_BYTES]){7}};
    request.has_id = true;
    request.id = 1;
    request.op_case = HF__REQUEST__OP_HELLO;
    request.hello = &hello;
    replies_begin(&peer->replies);
    peer->session = core_open(wild.core, peer, false);
    send(peer, &request);
}

static void leave(struct peer *peer) {
    if (peer->session) {
        core_close(wild.core, peer->session);
        peer->session = NULL;
    }
}

/* ---- steps ---- */

static void pass(struct random_requests *made) {
    size_t most = random_chance(made, 5) ? 100000000 : random_chance(made, 30) ? 100 : 10;
    wild.now_ms += (int64_t)random_below(made, most);
    (void)core_tick(wild.core, wild.now_ms);
}

static void request(struct random_requests *made, struct peer *peer, uint64_t id) {
    Hf__Request *request = random_request(made);
    request->has_id = random_chance(made, 97);
    request->id = request->has_id ? id : 0;
    wild.sent_id = id;
    wild.sent_object = request->object;
    if (wild.trace) {
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(
            &hf__request__descriptor, (unsigned)request->op_case);
        printf("%s session %d sends %llu: %s to %llx\n", headline, (int)(peer - wild.peers),
               (unsigned long long)id, field ? field->name : "nothing",
               (unsigned long long)request->object);
    }
    send(peer, request);
}

static void step(struct random_requests *made, uint64_t id) {
    struct peer *peer = &wild.peers[random_below(made, SESSIONS)];
    bool failing = random_chance(made, 4);
    if (failing) {
        mem_fail_at(1 + random_below(made, 8));
    }
    if (!peer->session || peer->replies.over || random_chance(made, 2)) {
        leave(peer);
        come(peer);
    } else if (random_chance(made, 8)) {
        pass(made);
    } else {
        request(made, peer, id);
    }
    mem_fail_at(0);
}

/* ---- a run ---- */

static struct core_config configure(struct random_requests *made) {
    struct core_config config = core_defaults();
    memcpy(config.seed, "a seed of thirty-two bytes, here", sizeof config.seed);
    config.now_ms = 1000;
    config.objects_max = 2 + random_below(made, 40);
    config.items_max = 1 + random_below(made, 60);
    config.waiting_per_session_max = 1 + random_below(made, 20);
    config.memory_max_bytes =
        random_chance(made, 30) ? (160u << 10) + random_below(made, 200u << 10) : 64u << 20;
    return config;
}

static void end(struct random_requests *made) {
    if (random_chance(made, 20)) {
        core_drain(wild.core);
    }
    for (size_t i = 0; i < SESSIONS; i++) {
        if (random_chance(made, 50)) {
            leave(&wild.peers[i]); /* the others are closed with the core */
        }
    }
    core_free(wild.core);
    for (size_t i = 0; i < SESSIONS; i++) {
        replies_free(&wild.peers[i].replies);
    }
}

static void run(uint64_t seed, unsigned long steps, bool trace) {
    size_t before = mem_used();
    (void)snprintf(headline, sizeof headline, "wild: seed %llu begins\n", (unsigned long long)seed);
    memset(&wild, 0, sizeof wild);
    wild.trace = trace;
    random_begin(&wild.made, seed);
    struct core_config config = configure(&wild.made);
    wild.now_ms = config.now_ms;
    wild.core = core_new(&config, output);
    must(wild.core != NULL);
    for (unsigned long i = 1; i <= steps; i++) {
        (void)snprintf(headline, sizeof headline, "wild: seed %llu, step %lu\n",
                       (unsigned long long)seed, i);
        step(&wild.made, i);
    }
    end(&wild.made);
    must(mem_used() == before);
}

int main(int count, char **words) {
    unsigned long long first = 1;
    unsigned long long last = 100;
    unsigned long steps = 500;
    bool trace = false;
    for (int i = 1; i < count; i++) {
        const char *value = i + 1 < count ? words[i + 1] : "";
        char *end = NULL;
        if (strcmp(words[i], "--trace") == 0) {
            trace = true;
        } else if (strcmp(words[i], "--steps") == 0) {
            steps = strtoul(value, NULL, 10);
            i++;
        } else if (strncmp(words[i], "--seed", 6) == 0) {
            first = last = strtoull(value, &end, 10);
            last = strncmp(end, "..", 2) == 0 ? strtoull(end + 2, NULL, 10) : last;
            i++;
        } else {
            (void)fprintf(stderr, "usage: wild [--seed N | --seeds A..B] [--steps N] [--trace]\n");
            return 2;
        }
    }
    (void)signal(SIGABRT, on_abort);
    for (unsigned long long seed = first; seed <= last; seed++) {
        run(seed, steps, trace);
    }
    printf("%llu runs of %lu steps\n", last - first + 1, steps);
    return 0;
}
