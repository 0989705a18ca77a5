/* SPDX-License-Identifier: MIT
 *
 * See scripts.h.
 */
#include "scripts.h"

#include "frame.h"
#include "wire_limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

enum { KEYS = 1000, START = 1000000000 };

static struct {
    uint64_t dict;
    uint64_t value;
    uint64_t queue;
    uint64_t locks[LOAD_SLOTS_MAX];  /* one for each slot: a session would else wait for itself */
    uint64_t counts[LOAD_SLOTS_MAX]; /* each under its lock */
} objects;

static uint64_t *decrements; /* made so far under each lock; shared with processes of clients */

/* ---- Messages ---- */

static Hf__Any any_int(int64_t number) {
    Hf__Any any = HF__ANY__INIT;
    any.kind_case = HF__ANY__KIND_INT;
    any.int_ = number;
    return any;
}

static Hf__Any any_key(char *text, size_t size, unsigned number) {
    (void)snprintf(text, size, "key-%03u", number % KEYS);
    Hf__Any any = HF__ANY__INIT;
    any.kind_case = HF__ANY__KIND_STRING;
    any.string = (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
    return any;
}

static Hf__Request request_of(Hf__Request__OpCase op_case, void *op, uint64_t object) {
    Hf__Request request = HF__REQUEST__INIT;
    request.has_object = object != 0;
    request.object = object;
    request.op_case = op_case;
    request.ping = op; /* any member of the union */
    return request;
}

/* The frame of a slot's step. The id is the slot's number, from 1: load.c counts on it. */
static void pack(struct load_slot *slot, unsigned step, unsigned number, Hf__Request request) {
    struct load_frame *frame = &slot->steps[step];
    request.has_id = true;
    request.id = number + 1;
    size_t len = hf__request__get_packed_size(&request);
    assert_true(HF_FRAME_HEADER_BYTES + len <= sizeof frame->bytes);
    frame_put_header(frame->bytes, (uint32_t)len);
    (void)hf__request__pack(&request, frame->bytes + HF_FRAME_HEADER_BYTES);
    frame->len = HF_FRAME_HEADER_BYTES + len;
}

static Hf__Request waiting(Hf__Request request) {
    request.has_timeout_ms = true;
    request.timeout_ms = -1;
    return request;
}

static void pack_batch(struct load_slot *slot, unsigned step, unsigned number,
                       Hf__Request *const parts[2]) {
    Hf__Request *requests[] = {parts[0], parts[1]};
    Hf__Batch batch = HF__BATCH__INIT;
    batch.n_requests = 2;
    batch.requests = requests;
    pack(slot, step, number, waiting(request_of(HF__REQUEST__OP_BATCH, &batch, 0)));
}

/* ---- Operations ---- */

static void pack_dict_get(struct load_slot *slot, unsigned client, unsigned number) {
    char text[16];
    Hf__Any key = any_key(text, sizeof text, client * LOAD_SLOTS_MAX + number);
    Hf__DictGet get = HF__DICT_GET__INIT;
    get.key = &key;
    pack(slot, 0, number, request_of(HF__REQUEST__OP_DICT_GET, &get, objects.dict));
}

static void pack_dict_set(struct load_slot *slot, unsigned client, unsigned number) {
    char text[16];
    Hf__Any key = any_key(text, sizeof text, client * LOAD_SLOTS_MAX + number);
    Hf__Any value = any_int(START + client);
    Hf__DictSet set = HF__DICT_SET__INIT;
    set.key = &key;
    set.value = &value;
    pack(slot, 0, number, request_of(HF__REQUEST__OP_DICT_SET, &set, objects.dict));
}

static void pack_add(struct load_slot *slot, unsigned client, unsigned number) {
    (void)client;
    Hf__Any amount = any_int(-1);
    Hf__ValueAdd add = HF__VALUE_ADD__INIT;
    add.amount = &amount;
    pack(slot, 0, number, request_of(HF__REQUEST__OP_VALUE_ADD, &add, objects.value));
}

/* Each slot puts an item before it takes one, so that no get ever waits. */
static void pack_queue(struct load_slot *slot, unsigned client, unsigned number) {
    Hf__Any value = any_int(START + client);
    Hf__QueuePut put = HF__QUEUE_PUT__INIT;
    put.value = &value;
    Hf__QueueGet get = HF__QUEUE_GET__INIT;
    pack(slot, 0, number, request_of(HF__REQUEST__OP_QUEUE_PUT, &put, objects.queue));
    pack(slot, 1, number, request_of(HF__REQUEST__OP_QUEUE_GET, &get, objects.queue));
}

static int64_t int_of(const Hf__Reply *reply) {
    assert_int_equal(reply->status, HF__STATUS__OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_VALUE);
    assert_int_equal(reply->value->kind_case, HF__ANY__KIND_INT);
    return reply->value->int_;
}

/* Locked: acquire, get, set, release. */
static void pack_locked(struct load_slot *slot, unsigned client, unsigned number) {
    (void)client;
    Hf__LockAcquire acquire = HF__LOCK_ACQUIRE__INIT;
    Hf__ValueGet get = HF__VALUE_GET__INIT;
    Hf__LockRelease release = HF__LOCK_RELEASE__INIT;
    uint64_t lock = objects.locks[number];
    pack(slot, 0, number, waiting(request_of(HF__REQUEST__OP_LOCK_ACQUIRE, &acquire, lock)));
    pack(slot, 1, number, request_of(HF__REQUEST__OP_VALUE_GET, &get, objects.counts[number]));
    pack(slot, 3, number, request_of(HF__REQUEST__OP_LOCK_RELEASE, &release, lock));
    slot->resource = number;
}

static void look_locked(struct load_slot *slot, const uint8_t *body, size_t len) {
    if (slot->step != 1) {
        return;
    }
    Hf__Reply *reply = hf__reply__unpack(NULL, len, body);
    assert_non_null(reply);
    Hf__Any left = any_int(int_of(reply) - 1);
    hf__reply__free_unpacked(reply, NULL);
    Hf__ValueSet set = HF__VALUE_SET__INIT;
    set.value = &left;
    unsigned number = slot->resource;
    pack(slot, 2, number, request_of(HF__REQUEST__OP_VALUE_SET, &set, objects.counts[number]));
    decrements[number]++; /* under its lock */
}

/* Folded: acquire and get, set and release. */
static void pack_folded(struct load_slot *slot, unsigned client, unsigned number) {
    (void)client;
    Hf__LockAcquire acquire = HF__LOCK_ACQUIRE__INIT;
    Hf__ValueGet get = HF__VALUE_GET__INIT;
    Hf__Request first = request_of(HF__REQUEST__OP_LOCK_ACQUIRE, &acquire, objects.locks[number]);
    Hf__Request second = request_of(HF__REQUEST__OP_VALUE_GET, &get, objects.counts[number]);
    pack_batch(slot, 0, number, (Hf__Request *const[]){&first, &second});
    slot->resource = number;
}

static void look_folded(struct load_slot *slot, const uint8_t *body, size_t len) {
    if (slot->step != 0) {
        return;
    }
    Hf__Reply *reply = hf__reply__unpack(NULL, len, body);
    assert_non_null(reply);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_REPLIES);
    assert_int_equal(reply->replies->n_replies, 2);
    Hf__Any left = any_int(int_of(reply->replies->replies[1]) - 1);
    hf__reply__free_unpacked(reply, NULL);

    unsigned number = slot->resource;
    Hf__ValueSet set = HF__VALUE_SET__INIT;
    set.value = &left;
    Hf__LockRelease release = HF__LOCK_RELEASE__INIT;
    Hf__Request first = request_of(HF__REQUEST__OP_VALUE_SET, &set, objects.counts[number]);
    Hf__Request second = request_of(HF__REQUEST__OP_LOCK_RELEASE, &release, objects.locks[number]);
    pack_batch(slot, 1, number, (Hf__Request *const[]){&first, &second});
    decrements[number]++; /* under its lock */
}

const struct script scripts[] = {
    {"dict get", 1, 1, false, NULL, pack_dict_get},
    {"dict set", 1, 1, false, NULL, pack_dict_set},
    {"atomic add", 1, 1, false, NULL, pack_add},
    {"queue put, get", 2, 2, false, NULL, pack_queue},
    {"locked decrement", 4, 1, true, look_locked, pack_locked},
    {"folded decrement", 2, 1, true, look_folded, pack_folded},
};

const unsigned script_count = sizeof scripts / sizeof scripts[0];
const struct script *const script_floor = &scripts[0];

void script_load(const struct script *script, struct load *load) {
    load->look = script->look;
    for (unsigned i = 0; i < load->client_count; i++) {
        for (unsigned number = 0; number < load->in_flight; number++) {
            struct load_slot *slot = &load->clients[i].slots[number];
            slot->step_count = script->steps;
            slot->ops = script->ops;
            script->pack(slot, i, number);
        }
    }
}

/* ---- The objects ---- */

static Hf__Reply *ask(struct wire *wire, Hf__Request__OpCase op_case, void *op, uint64_t object) {
    Hf__Reply *reply = wire_call(wire, op_case, op, object, 0);
    assert_non_null(reply);
    assert_int_equal(reply->status, HF__STATUS__OK);
    return reply;
}

static uint64_t open_object(struct wire *wire, Hf__Request__OpCase op_case, void *op) {
    Hf__Reply *reply = ask(wire, op_case, op, 0);
    uint64_t id = reply->object->id;
    hf__reply__free_unpacked(reply, NULL);
    return id;
}

static uint64_t open_value(struct wire *wire) {
    Hf__Any start = any_int(START);
    Hf__ValueOpen open = HF__VALUE_OPEN__INIT;
    open.initial = &start;
    return open_object(wire, HF__REQUEST__OP_VALUE_OPEN, &open);
}

static void fill_dict(struct wire *wire) {
    char text[16];
    Hf__Any value = any_int(START);
    for (unsigned i = 0; i < KEYS; i++) {
        Hf__Any key = any_key(text, sizeof text, i);
        Hf__DictSet set = HF__DICT_SET__INIT;
        set.key = &key;
        set.value = &value;
        Hf__Reply *reply = ask(wire, HF__REQUEST__OP_DICT_SET, &set, objects.dict);
        hf__reply__free_unpacked(reply, NULL);
    }
}

void scripts_open(struct wire *wire) {
    Hf__DictOpen dict = HF__DICT_OPEN__INIT;
    Hf__QueueOpen queue = HF__QUEUE_OPEN__INIT;
    Hf__LockOpen lock = HF__LOCK_OPEN__INIT;
    objects.dict = open_object(wire, HF__REQUEST__OP_DICT_OPEN, &dict);
    objects.queue = open_object(wire, HF__REQUEST__OP_QUEUE_OPEN, &queue);
    objects.value = open_value(wire);
    for (unsigned i = 0; i < LOAD_SLOTS_MAX; i++) {
        objects.locks[i] = open_object(wire, HF__REQUEST__OP_LOCK_OPEN, &lock);
        objects.counts[i] = open_value(wire);
    }
    fill_dict(wire);
    decrements = mmap(NULL, LOAD_SLOTS_MAX * sizeof *decrements, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(decrements != MAP_FAILED);
}

size_t scripts_floor_reply(struct wire *wire, uint8_t *frame, size_t size) {
    char text[16];
    Hf__Any key = any_key(text, sizeof text, 0);
    Hf__DictGet get = HF__DICT_GET__INIT;
    get.key = &key;
    Hf__Reply *reply = ask(wire, HF__REQUEST__OP_DICT_GET, &get, objects.dict);
    reply->id = 1; /* a place for one byte, into which the floor writes the id */
    size_t len = hf__reply__get_packed_size(reply);
    assert_true(HF_FRAME_HEADER_BYTES + len <= size);
    frame_put_header(frame, (uint32_t)len);
    (void)hf__reply__pack(reply, frame + HF_FRAME_HEADER_BYTES);
    hf__reply__free_unpacked(reply, NULL);
    return HF_FRAME_HEADER_BYTES + len;
}

void scripts_check(struct wire *wire) {
    Hf__ValueGet get = HF__VALUE_GET__INIT;
    for (unsigned i = 0; i < LOAD_SLOTS_MAX; i++) {
        Hf__Reply *reply = ask(wire, HF__REQUEST__OP_VALUE_GET, &get, objects.counts[i]);
        assert_int_equal(int_of(reply), START - (int64_t)decrements[i]);
        hf__reply__free_unpacked(reply, NULL);
    }
}
