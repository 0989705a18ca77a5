/* SPDX-License-Identifier: MIT
 *
 * Writes the seed corpus: valid conversations with the core that between them use every operation,
 * as inputs of fuzz_core.c. They are held with a core in memory, which gives the ids of objects.
 *
 *     make_corpus DIRECTORY
 */
#include "script.h"
#include "world.h"

#include "proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A conversation, and the input that it becomes. */
struct talk {
    struct world *world;
    struct peer *peers[SCRIPT_SESSIONS];
    uint8_t *bytes;
    size_t len;
};

static void record(struct talk *talk, const void *bytes, size_t len) {
    talk->bytes = realloc(talk->bytes, talk->len + len + 1);
    memcpy(talk->bytes + talk->len, bytes, len);
    talk->len += len;
}

static void record_step(struct talk *talk, size_t session, enum script_step step) {
    uint8_t byte = (uint8_t)((size_t)step * SCRIPT_SESSIONS + session);
    record(talk, &byte, 1);
}

static void record_number(struct talk *talk, size_t number) {
    uint8_t bytes[2] = {(uint8_t)(number >> 8), (uint8_t)number};
    record(talk, bytes, sizeof bytes);
}

/* One side says this; the reply, NULL if it waits. */
static Hf__Reply *say(struct talk *talk, size_t session, Hf__Request request) {
    struct peer *peer = talk->peers[session];
    request.has_id = true;
    request.id = peer->next_id++;
    size_t len = hf__request__get_packed_size(&request);
    uint8_t *body = malloc(len + 1);
    hf__request__pack(&request, body);
    record_step(talk, session, SCRIPT_FRAME);
    record_number(talk, len);
    record(talk, body, len);
    free(body);
    (void)peer_send(peer, request);
    return peer_reply(peer, request.id);
}

static void pass(struct talk *talk, size_t ms) {
    record_step(talk, 0, SCRIPT_PASS);
    record_number(talk, ms);
    world_pass(talk->world, (int64_t)ms);
}

static void leave(struct talk *talk, size_t session) {
    record_step(talk, session, SCRIPT_LEAVE);
    peer_leave(talk->peers[session]);
    talk->peers[session] = world_join(talk->world, "");
}

static uint64_t opened(const Hf__Reply *reply) {
    assert_status(reply, HF_OK);
    return reply->object->id;
}

#define NAMED .name = name_of("name")
#define SAY(session, ...) (void)say(talk, session, REQUEST(__VA_ARGS__))
#define WAIT(session, ms, ...) (void)say(talk, session, waiting(REQUEST(__VA_ARGS__), ms))

static Hf__Any *nested(void) {
    return of_list(3, of_map(1, of_string("key"), of_double(0.5)), of_bytes("\1\2", 2), of_null());
}

/* ---- the conversations ---- */

static void talk_of_dicts(struct talk *talk) {
    uint64_t dict = opened(say(talk, 0, REQUEST(0, dict_open, NAMED)));
    SAY(0, dict, dict_set, .key = of_string("a"), .value = of_int(1));
    SAY(0, dict, dict_set, .key = of_double(1.5), .value = nested());
    SAY(1, dict, dict_get, .key = of_string("a"));
    SAY(1, dict, dict_get, .key = of_null(), .fallback = of_int(2));
    SAY(1, dict, dict_contains, .key = of_string("a"));
    SAY(1, dict, dict_len);
    SAY(1, dict, dict_add, .key = of_string("a"), .amount = of_int(1), .ceiling = of_int(2));
    SAY(1, dict, dict_compare_and_set, .key = of_string("a"), .expected = of_int(2),
        .replacement = of_string("b"));
    SAY(1, dict, dict_setdefault, .key = of_bytes("k", 1), .value = of_bool(true));
    SAY(1, dict, dict_update, .n_items = 2,
        .items = item_array(2, of_int(1), nested(), of_int(2), of_null()));
    SAY(2, dict, dict_keys, .has_limit = true, .limit = 2);
    SAY(2, dict, dict_values);
    SAY(2, dict, dict_items, .has_cursor = true, .cursor = 2);
    SAY(2, dict, dict_copy);
    SAY(2, dict, dict_pop, .key = of_int(1));
    SAY(2, dict, dict_popitem);
    SAY(2, dict, dict_delete, .key = of_string("a"));
    SAY(2, dict, dict_clear);
    uint64_t names = opened(say(talk, 0, REQUEST(0, namespace_open)));
    SAY(0, names, dict_set, .key = of_string("attribute"), .value = of_ref(dict));
    SAY(0, names, dict_set, .key = of_int(1), .value = of_ref(dict));
}

static void talk_of_lists(struct talk *talk) {
    uint64_t list = opened(say(talk, 0, REQUEST(0, list_open)));
    SAY(0, list, list_extend, .n_values = 4,
        .values = array_of(4, of_int(3), of_int(1), of_double(2), of_bool(true)));
    SAY(0, list, list_append, .value = of_int(9));
    SAY(0, list, list_insert, .index = -1, .value = of_int(8));
    SAY(1, list, list_sort);
    SAY(1, list, list_reverse);
    SAY(1, list, list_get, .index = -2);
    SAY(1, list, list_set, .index = 0, .value = nested());
    SAY(1, list, list_get_slice, .has_start = true, .start = -3, .has_step = true, .step = -1);
    SAY(1, list, list_set_slice, .has_stop = true, .stop = 2, .n_values = 1,
        .values = array_of(1, of_string("x")));
    SAY(1, list, list_delete_slice, .has_step = true, .step = 2);
    SAY(1, list, list_index, .value = of_int(8), .has_start = true, .start = 0);
    SAY(1, list, list_count, .value = of_int(8));
    SAY(1, list, list_contains, .value = of_int(8));
    SAY(1, list, list_add, .index = 0, .amount = of_int(5), .floor = of_int(0));
    SAY(1, list, list_compare_and_set, .index = 0, .expected = of_int(1), .replacement = of_int(2));
    SAY(1, list, list_repeat, .count = 3);
    SAY(1, list, list_remove, .value = of_int(8));
    SAY(1, list, list_delete, .index = 0);
    SAY(1, list, list_pop);
    SAY(1, list, list_pop, .has_index = true, .index = 0);
    SAY(1, list, list_len);
    SAY(1, list, list_copy);
    SAY(1, list, list_clear);
}

static void talk_of_values(struct talk *talk) {
    uint64_t count = opened(say(talk, 0, REQUEST(0, value_open, NAMED, .initial = of_int(3))));
    uint64_t real = opened(say(
        talk, 0,
        REQUEST(0, value_open, .has_kind = true, .kind = HF__KIND__F32, .initial = of_double(1))));
    SAY(1, count, value_add, .amount = of_int(-1), .floor = of_int(0));
    SAY(1, count, value_get);
    SAY(1, count, value_set, .value = of_int(1));
    SAY(1, count, value_compare_and_set, .expected = of_int(1), .replacement = of_int(0));
    SAY(1, real, value_add, .amount = of_double(0.5));
    SAY(1, real, object_release);
}

static void talk_of_queues(struct talk *talk) {
    uint64_t queue =
        opened(say(talk, 0, REQUEST(0, queue_open, NAMED, .has_max_items = true, .max_items = 2)));
    WAIT(1, -1, queue, queue_get);
    WAIT(2, 50, queue, queue_get);
    SAY(0, queue, queue_put, .value = nested());
    pass(talk, 60);
    SAY(0, queue, queue_put, .value = of_int(1));
    SAY(0, queue, queue_put, .value = of_int(2));
    WAIT(1, -1, queue, queue_put, .value = of_int(3));
    WAIT(2, -1, queue, queue_put, .value = of_int(4));
    WAIT(0, -1, queue, queue_join);
    SAY(0, queue, queue_size);
    SAY(0, queue, queue_empty);
    SAY(0, queue, queue_full);
    SAY(0, queue, object_describe);
    leave(talk, 1);
    SAY(0, queue, queue_get);
    SAY(0, queue, queue_task_done, .has_count = true, .count = 2);
    SAY(0, queue, queue_close);
    SAY(0, queue, queue_close, .has_abort = true, .abort = true);
}

static void talk_of_locks(struct talk *talk) {
    uint64_t lock = opened(say(talk, 0, REQUEST(0, lock_open, NAMED)));
    uint64_t kept = opened(say(talk, 0,
                               REQUEST(0, lock_open, .has_keep = true, .keep = true,
                                       .has_reentrant = true, .reentrant = true)));
    SAY(0, lock, lock_acquire);
    SAY(0, kept, lock_acquire);
    SAY(0, kept, lock_acquire);
    WAIT(1, -1, lock, lock_acquire);
    WAIT(2, 1000, lock, lock_acquire);
    WAIT(1, -1, kept, lock_acquire);
    SAY(2, lock, lock_who);
    SAY(2, lock, object_describe);
    SAY(0, lock, lock_acquire);
    leave(talk, 0);
    SAY(2, kept, lock_who);
    SAY(2, kept, lock_release);
    SAY(1, lock, lock_release);
    pass(talk, 2000);
    SAY(2, lock, object_delete);
}

static void talk_in_batches(struct talk *talk) {
    uint64_t lock = opened(say(talk, 0, REQUEST(0, lock_open, NAMED)));
    uint64_t count = opened(say(talk, 0, REQUEST(0, value_open)));
    uint64_t queue = opened(say(talk, 0, REQUEST(0, queue_open)));
    for (size_t i = 0; i < 3; i++) {
        (void)say(talk, i,
                  waiting(batch_of(2, &REQUEST(lock, lock_acquire), &REQUEST(count, value_get)),
                          i == 2 ? 10 : -1));
    }
    (void)say(
        talk, 0,
        batch_of(2, &REQUEST(count, value_set, .value = of_int(1)), &REQUEST(lock, lock_release)));
    pass(talk, 10);
    (void)say(talk, 2,
              waiting(batch_of(3, &REQUEST(queue, queue_get), &REQUEST(lock, object_describe),
                               &REQUEST(queue, object_delete)),
                      -1));
    (void)say(talk, 2, one_way(REQUEST(queue, queue_put, .value = of_ref(count))));
    Hf__Request guarded = REQUEST(count, value_add, .amount = of_int(1));
    guarded.guard = &(Hf__Guard){
        .base = PROTOBUF_C_MESSAGE_INIT(&hf__guard__descriptor), .lock = lock, .fence = 2};
    guarded.has_seq = true;
    guarded.seq = 1;
    (void)say(talk, 1, guarded);
}

static void talk_of_objects(struct talk *talk) {
    uint64_t outer = opened(say(talk, 0, REQUEST(0, list_open, NAMED)));
    uint64_t inner = opened(say(talk, 0, REQUEST(0, queue_open)));
    SAY(0, inner, queue_put, .value = of_ref(outer));
    SAY(0, outer, list_append, .value = of_ref(inner));
    SAY(0, inner, object_release);
    SAY(1, outer, list_pop);
    SAY(1, inner, queue_get);
    SAY(1, 0, object_list, .prefix = name_of("n"), .has_limit = true, .limit = 1);
    SAY(1, 0, object_find, NAMED);
    SAY(1, 0, object_exists, NAMED);
    SAY(1, inner, object_describe);
    SAY(1, outer, object_delete);
    leave(talk, 1);
    SAY(0, 0, stats);
    SAY(0, 0, ping);
}

static void talk_of_the_end(struct talk *talk) {
    uint64_t queue = opened(say(talk, 0, REQUEST(0, queue_open, NAMED)));
    uint64_t call = talk->peers[1]->next_id;
    WAIT(1, -1, queue, queue_get);
    WAIT(1, -1, queue, queue_join);
    WAIT(2, 100, queue, queue_get);
    SAY(1, 0, cancel, .call = call);
    SAY(1, 0, hello, .version = 1);
    record_step(talk, 2, SCRIPT_BYTES);
    record_number(talk, 8);
    record(talk, "\0\0\0\x04\x08\x05\x62\0", 8);
    record_step(talk, 0, SCRIPT_DRAIN);
    core_drain(world_core(talk->world));
}

/* The last session: hello, challenge, prove. */
static void talk_of_keys(struct talk *talk) {
    static uint8_t nonce[HF_NONCE_BYTES];
    static uint8_t proof[HF_PROOF_BYTES];
    const Hf__Reply *reply = say(talk, 3,
                                 REQUEST(0, hello, .version = 1, .label = name_of("label"),
                                         .has_nonce = true, .nonce = {sizeof nonce, nonce}));
    assert_status(reply, HF_OK);
    assert_true(proof_make(
        PROOF_OF_CLIENT, (struct proof_span){(const uint8_t *)SCRIPT_KEY, sizeof SCRIPT_KEY - 1},
        (struct proof_span){nonce, sizeof nonce},
        (struct proof_span){reply->challenge->nonce.data, HF_NONCE_BYTES}, proof));
    assert_status(say(talk, 3, REQUEST(0, prove, .proof = {sizeof proof, proof})), HF_OK);
    SAY(3, 0, ping);
}

static const struct {
    const char *name;
    void (*hold)(struct talk *talk);
} talks[] = {
    {"dicts", talk_of_dicts},     {"lists", talk_of_lists},     {"values", talk_of_values},
    {"queues", talk_of_queues},   {"locks", talk_of_locks},     {"batches", talk_in_batches},
    {"objects", talk_of_objects}, {"the_end", talk_of_the_end}, {"keys", talk_of_keys},
};

static void begin(struct talk *talk) {
    struct core_config config = core_defaults();
    memcpy(config.seed, SCRIPT_SEED, sizeof config.seed);
    config.key = (const uint8_t *)SCRIPT_KEY;
    config.key_len = sizeof SCRIPT_KEY - 1;
    config.now_ms = 1000000;
    *talk = (struct talk){.world = world_with(&config)};
    for (size_t i = 0; i < SCRIPT_SESSIONS - 1; i++) {
        talk->peers[i] = world_join(talk->world, "");
    }
    talk->peers[SCRIPT_SESSIONS - 1] = world_connect(talk->world, true);
}

int main(int argc, char **argv) {
    for (size_t i = 0; argc == 2 && i < sizeof talks / sizeof talks[0]; i++) {
        struct talk talk;
        begin(&talk);
        talks[i].hold(&talk);
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/%s", argv[1], talks[i].name);
        FILE *file = fopen(path, "wb");
        if (!file || fwrite(talk.bytes, 1, talk.len, file) != talk.len || fclose(file) != 0) {
            perror(path);
            return 1;
        }
        free(talk.bytes);
        world_free(talk.world);
    }
    return argc == 2 ? 0 : 2;
}
