/* SPDX-License-Identifier: MIT
 *
 * See world.h.
 */
#include "world.h"

#include "each.h"
#include "frame.h"
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct note {
    struct note *next;
    _Alignas(16) unsigned char bytes[];
};

struct world {
    struct world *next;
    struct core *core;
    struct peer *peers;
    int64_t now_ms;
    size_t memory_before;
};

static bool byte_by_byte;
static struct world *worlds; /* not freed yet, newest first */
static struct note *notes;   /* memory of values, released with the world */

static void *note(size_t size) {
    struct note *made = calloc(1, sizeof *made + size);
    assert_non_null(made);
    made->next = notes;
    notes = made;
    return made->bytes;
}

static void drop_notes(void) {
    while (notes) {
        struct note *first = notes;
        notes = first->next;
        free(first);
    }
}

/* ---- the world ---- */

static void take_frames(struct peer *peer) {
    while (peer->output_len >= HF_FRAME_HEADER_BYTES) {
        size_t len = frame_body_len(peer->output);
        if (peer->output_len - HF_FRAME_HEADER_BYTES < len) {
            return;
        }
        Hf__Reply *reply = hf__reply__unpack(NULL, len, peer->output + HF_FRAME_HEADER_BYTES);
        assert_non_null(reply);
        peer->replies = realloc(peer->replies, (peer->reply_count + 1) * sizeof(Hf__Reply *));
        peer->replies[peer->reply_count++] = reply;
        peer->output_len -= HF_FRAME_HEADER_BYTES + len;
        memmove(peer->output, peer->output + HF_FRAME_HEADER_BYTES + len, peer->output_len);
    }
}

static void output(void *context, const uint8_t *bytes, size_t len) {
    struct peer *peer = context;
    assert_false(peer->over); /* nothing may be sent after the end */
    if (!bytes) {
        peer->over = true;
        return;
    }
    peer->output = realloc(peer->output, peer->output_len + len);
    memcpy(peer->output + peer->output_len, bytes, len);
    peer->output_len += len;
    take_frames(peer);
}

struct world *world_with(const struct core_config *config) {
    struct world *world = calloc(1, sizeof *world);
    mem_use_none();
    world->memory_before = mem_used();
    world->now_ms = config->now_ms;
    world->core = core_new(config, output);
    assert_non_null(world->core);
    world->next = worlds;
    worlds = world;
    return world;
}

struct world *world_new(void) {
    struct core_config config = core_defaults();
    memcpy(config.seed, "a seed of thirty-two bytes, here", sizeof config.seed);
    config.now_ms = 1000000;
    return world_with(&config);
}

struct world *world_replace(void **state, const struct core_config *config) {
    world_free(*state);
    *state = world_with(config);
    return *state;
}

static void forget(const struct world *world) {
    struct world **link = &worlds;
    while (*link != world) {
        link = &(*link)->next;
    }
    *link = world->next;
}

void world_free(struct world *world) {
    forget(world);
    core_free(world->core);
    while (world->peers) {
        struct peer *peer = world->peers;
        world->peers = peer->next;
        for (size_t i = 0; i < peer->reply_count; i++) {
            hf__reply__free_unpacked(peer->replies[i], NULL);
        }
        free(peer->replies);
        free(peer->input);
        free(peer->output);
        free(peer);
    }
    mem_set_limit(SIZE_MAX);
    size_t left = mem_used() - world->memory_before;
    free(world);
    drop_notes();
    assert_int_equal(left, 0);
}

void world_pass(struct world *world, int64_t ms) {
    world->now_ms += ms;
    while (core_tick(world->core, world->now_ms) == world->now_ms) {
    }
}

struct core *world_core(struct world *world) {
    return world->core;
}

int64_t world_now(const struct world *world) {
    return world->now_ms;
}

/* ---- peers ---- */

struct peer *world_connect(struct world *world, bool must_prove) {
    struct peer *peer = calloc(1, sizeof *peer);
    peer->world = world;
    peer->next_id = 1;
    peer->session = core_open(world->core, peer, must_prove);
    peer->over = !peer->session; /* it was told why */
    peer->next = world->peers;
    world->peers = peer;
    return peer;
}

struct peer *world_join(struct world *world, const char *label) {
    struct peer *peer = world_connect(world, false);
    char copy[512];
    (void)snprintf(copy, sizeof copy, "%s", label);
    const Hf__Reply *reply =
        ask(peer, REQUEST(0, hello, .version = 1, .label = copy, .has_pid = true, .pid = 4711));
    assert_int_equal(reply->status, HF__STATUS__OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_WELCOME);
    return peer;
}

void peer_leave(struct peer *peer) {
    assert_non_null(peer->session);
    core_close(peer->world->core, peer->session);
    peer->session = NULL;
}

static void feed(struct peer *peer, size_t len) {
    size_t taken = 0;
    do {
        taken = core_feed(peer->world->core, peer->session, peer->input, len);
        assert_true(taken <= len);
        len -= taken;
        peer->input_len -= taken;
        memmove(peer->input, peer->input + taken, peer->input_len);
    } while (taken > 0 && len > 0);
}

void peer_send_bytes(struct peer *peer, const void *bytes, size_t len) {
    assert_non_null(peer->session);
    if (peer->over) {
        return;
    }
    peer->input = realloc(peer->input, peer->input_len + len + 1);
    if (!byte_by_byte || len > 100000) {
        memcpy(peer->input + peer->input_len, bytes, len);
        peer->input_len += len;
        feed(peer, peer->input_len);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        peer->input[peer->input_len++] = ((const uint8_t *)bytes)[i];
        feed(peer, peer->input_len);
    }
}

/* Send all of a request's frame but `missing` bytes at its end. */
static uint64_t send_but(struct peer *peer, Hf__Request request, size_t missing) {
    if (!request.has_id) {
        request.has_id = true;
        request.id = peer->next_id++;
    }
    size_t len = hf__request__get_packed_size(&request);
    uint8_t *frame = malloc(HF_FRAME_HEADER_BYTES + len);
    frame_put_header(frame, (uint32_t)len);
    hf__request__pack(&request, frame + HF_FRAME_HEADER_BYTES);
    peer_send_bytes(peer, frame, HF_FRAME_HEADER_BYTES + len - missing);
    free(frame);
    return request.id;
}

uint64_t peer_send(struct peer *peer, Hf__Request request) {
    return send_but(peer, request, 0);
}

uint64_t peer_send_most(struct peer *peer, Hf__Request request) {
    return send_but(peer, request, 1);
}

Hf__Reply *peer_reply(struct peer *peer, uint64_t id) {
    Hf__Reply *found = NULL;
    for (size_t i = 0; i < peer->reply_count; i++) {
        if (peer->replies[i]->id == id) {
            assert_null(found); /* a call is answered once */
            found = peer->replies[i];
        }
    }
    return found;
}

Hf__Reply *peer_last(struct peer *peer) {
    return peer->reply_count > 0 ? peer->replies[peer->reply_count - 1] : NULL;
}

Hf__Reply *ask(struct peer *peer, Hf__Request request) {
    Hf__Reply *reply = peer_reply(peer, peer_send(peer, request));
    assert_non_null(reply);
    return reply;
}

Hf__Request waiting(Hf__Request request, int64_t timeout_ms) {
    request.has_timeout_ms = true;
    request.timeout_ms = timeout_ms;
    return request;
}

bool unanswered(struct peer *peer, uint64_t id) {
    return peer_reply(peer, id) == NULL;
}

Hf__Request__OpCase tag_of(const char *op) {
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(&hf__request__descriptor, op);
    assert_non_null(field);
    return (Hf__Request__OpCase)field->id;
}

/* ---- values ---- */

Hf__Any *of_null(void) {
    Hf__Any *any = note(sizeof *any);
    hf__any__init(any);
    return any;
}

static Hf__Any *of_kind(Hf__Any__KindCase kind) {
    Hf__Any *any = of_null();
    any->kind_case = kind;
    return any;
}

Hf__Any *of_bool(bool value) {
    Hf__Any *any = of_kind(HF__ANY__KIND_BOOL);
    any->bool_ = value;
    return any;
}

Hf__Any *of_int(int64_t value) {
    Hf__Any *any = of_kind(HF__ANY__KIND_INT);
    any->int_ = value;
    return any;
}

Hf__Any *of_double(double value) {
    Hf__Any *any = of_kind(HF__ANY__KIND_DOUBLE);
    any->double_ = value;
    return any;
}

static ProtobufCBinaryData bytes_of(const void *bytes, size_t len) {
    ProtobufCBinaryData data = {len, note(len + 1)};
    memcpy(data.data, bytes, len);
    return data;
}

Hf__Any *of_string(const char *string) {
    Hf__Any *any = of_kind(HF__ANY__KIND_STRING);
    any->string = bytes_of(string, strlen(string));
    return any;
}

Hf__Any *of_bytes(const void *bytes, size_t len) {
    Hf__Any *any = of_kind(HF__ANY__KIND_BYTES);
    any->bytes = bytes_of(bytes, len);
    return any;
}

Hf__Any *of_big(const void *bytes, size_t len) {
    Hf__Any *any = of_kind(HF__ANY__KIND_BIG);
    any->big = bytes_of(bytes, len);
    return any;
}

Hf__Any *of_ref(uint64_t id) {
    Hf__Any *any = of_kind(HF__ANY__KIND_REF);
    any->ref = note(sizeof *any->ref);
    hf__ref__init(any->ref);
    any->ref->id = id;
    return any;
}

static Hf__Any **take_values(size_t count, va_list values) {
    Hf__Any **array = note((count + 1) * sizeof *array);
    for (size_t i = 0; i < count; i++) {
        array[i] = va_arg(values, Hf__Any *);
    }
    return array;
}

static Hf__Item **take_items(size_t count, va_list values) {
    Hf__Item **array = note((count + 1) * sizeof *array);
    for (size_t i = 0; i < count; i++) {
        array[i] = note(sizeof **array);
        hf__item__init(array[i]);
        array[i]->key = va_arg(values, Hf__Any *);
        array[i]->value = va_arg(values, Hf__Any *);
    }
    return array;
}

Hf__Any **array_of(size_t count, ...) {
    va_list values;
    va_start(values, count);
    Hf__Any **array = take_values(count, values);
    va_end(values);
    return array;
}

Hf__Item **item_array(size_t count, ...) {
    va_list values;
    va_start(values, count);
    Hf__Item **array = take_items(count, values);
    va_end(values);
    return array;
}

static void *note_for(void *context, size_t size) {
    (void)context;
    return note(size);
}

static void leave_note(void *context, void *memory) {
    (void)context;
    (void)memory;
}

static ProtobufCBinaryData packed(const ProtobufCMessage *message) {
    ProtobufCBinaryData data = {protobuf_c_message_get_packed_size(message), NULL};
    data.data = note(data.len + 1);
    (void)protobuf_c_message_pack(message, data.data);
    return data;
}

Hf__Any *of_values(size_t count, Hf__Any **values) {
    Hf__Any *any = of_kind(HF__ANY__KIND_LIST);
    Hf__AnyList list = HF__ANY_LIST__INIT;
    list.n_items = count;
    list.items = values;
    any->list = packed(&list.base);
    return any;
}

Hf__Any *of_items(size_t count, Hf__Item **items) {
    Hf__Any *any = of_kind(HF__ANY__KIND_MAP);
    Hf__AnyMap map = HF__ANY_MAP__INIT;
    map.n_items = count;
    map.items = items;
    any->map = packed(&map.base);
    return any;
}

const Hf__AnyList *list_in(const Hf__Any *any) {
    ProtobufCAllocator allocator = {note_for, leave_note, NULL};
    assert_int_equal(any->kind_case, HF__ANY__KIND_LIST);
    const Hf__AnyList *list = hf__any_list__unpack(&allocator, any->list.len, any->list.data);
    assert_non_null(list);
    return list;
}

Hf__Any *of_list(size_t count, ...) {
    va_list values;
    va_start(values, count);
    Hf__Any *any = of_values(count, take_values(count, values));
    va_end(values);
    return any;
}

Hf__Any *of_map(size_t count, ...) {
    va_list values;
    va_start(values, count);
    Hf__Any *any = of_items(count, take_items(count, values));
    va_end(values);
    return any;
}

Hf__Any *of_tuple(size_t count, ...) {
    va_list values;
    va_start(values, count);
    Hf__Any *any = of_values(count, take_values(count, values));
    va_end(values);
    any->kind_case = HF__ANY__KIND_TUPLE;
    return any;
}

Hf__Any *of_opaque(const char *tag, const char *bytes, const char *equals, uint64_t ref) {
    Hf__Any *any = of_kind(HF__ANY__KIND_OPAQUE);
    Hf__Opaque opaque = HF__OPAQUE__INIT;
    Hf__Ref one = HF__REF__INIT;
    Hf__Ref *refs[] = {&one};
    one.id = ref;
    opaque.tag = bytes_of(tag, strlen(tag));
    opaque.bytes = bytes_of(bytes, strlen(bytes));
    opaque.has_equals = equals != NULL;
    opaque.equals = bytes_of(equals ? equals : "", equals ? strlen(equals) : 0);
    opaque.refs = refs;
    opaque.n_refs = ref != 0;
    any->opaque = packed(&opaque.base);
    return any;
}

bool same_value(const Hf__Any *a, const Hf__Any *b) {
    size_t len = hf__any__get_packed_size(a);
    if (len != hf__any__get_packed_size(b)) {
        return false;
    }
    uint8_t *packed = malloc(2 * len + 1);
    hf__any__pack(a, packed);
    hf__any__pack(b, packed + len);
    bool same = memcmp(packed, packed + len, len) == 0;
    free(packed);
    return same;
}

Hf__Request batch_of(size_t count, ...) {
    Hf__Batch *batch = note(sizeof *batch);
    hf__batch__init(batch);
    batch->requests = note((count + 1) * sizeof *batch->requests);
    va_list requests;
    va_start(requests, count);
    for (size_t i = 0; i < count; i++) {
        batch->requests[batch->n_requests++] = va_arg(requests, Hf__Request *);
    }
    va_end(requests);
    Hf__Request request = HF__REQUEST__INIT;
    request.op_case = HF__REQUEST__OP_BATCH;
    request.batch = batch;
    return request;
}

static void *allocate_note(void *context, size_t size) {
    (void)context;
    return note(size);
}

static void free_no_note(void *context, void *memory) {
    (void)context;
    (void)memory;
}

Hf__Request *lasting(const Hf__Request *request) {
    ProtobufCAllocator allocator = {allocate_note, free_no_note, NULL};
    size_t len = hf__request__get_packed_size(request);
    uint8_t *packed = note(len + 1);
    hf__request__pack(request, packed);
    Hf__Request *copy = hf__request__unpack(&allocator, len, packed);
    assert_non_null(copy);
    return copy;
}

Hf__Request atomic(Hf__Request batch) {
    batch.batch->has_atomic = batch.batch->atomic = true;
    return batch;
}

Hf__Check *equals(Hf__Request *request, Hf__Any *value) {
    Hf__Check *check = note(sizeof *check);
    hf__check__init(check);
    check->request = request;
    check->equals = value;
    return check;
}

Hf__Check *answers(Hf__Request *request, hf_status status) {
    Hf__Check *check = equals(request, NULL);
    check->has_status = true;
    check->status = (Hf__Status)status;
    return check;
}

Hf__Request with_checks(Hf__Request batch, size_t count, ...) {
    va_list checks;
    va_start(checks, count);
    batch.batch->checks = note((count + 1) * sizeof *batch.batch->checks);
    for (size_t i = 0; i < count; i++) {
        batch.batch->checks[batch.batch->n_checks++] = va_arg(checks, Hf__Check *);
    }
    va_end(checks);
    return batch;
}

Hf__Reply *reply_in(const Hf__Reply *reply, size_t index) {
    assert_non_null(reply);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_REPLIES);
    assert_true(index < reply->replies->n_replies);
    return reply->replies->replies[index];
}

Hf__Request one_way(Hf__Request request) {
    request.has_id = true;
    request.id = 0;
    return request;
}

/* ---- objects ---- */

uint64_t opened(struct peer *peer, Hf__Request request) {
    const Hf__Reply *reply = ask(peer, request);
    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_OBJECT);
    return reply->object->id;
}

char *name_of(const char *name) {
    return name ? memcpy(note(strlen(name) + 1), name, strlen(name)) : NULL;
}

uint64_t open_dict(struct peer *peer, const char *name) {
    return opened(peer, REQUEST(0, dict_open, .name = name_of(name)));
}

uint64_t open_list(struct peer *peer, const char *name) {
    return opened(peer, REQUEST(0, list_open, .name = name_of(name)));
}

uint64_t open_value(struct peer *peer, const char *name, int64_t initial) {
    return opened(peer, REQUEST(0, value_open, .name = name_of(name), .initial = of_int(initial)));
}

uint64_t open_queue(struct peer *peer, const char *name, uint64_t max_items) {
    return opened(peer, REQUEST(0, queue_open, .name = name_of(name), .has_max_items = true,
                                .max_items = max_items));
}

uint64_t open_lock(struct peer *peer, const char *name) {
    return opened(peer, REQUEST(0, lock_open, .name = name_of(name)));
}

/* ---- requests ---- */

static const Hf__Grant *grant_in(const Hf__Reply *reply) {
    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_GRANT);
    return reply->grant;
}

const Hf__Grant *grant_of(struct peer *peer, uint64_t id) {
    return grant_in(peer_reply(peer, id));
}

uint64_t take_lock(struct peer *peer, uint64_t lock) {
    return grant_in(ask(peer, REQUEST(lock, lock_acquire)))->fence;
}

void release_lock(struct peer *peer, uint64_t lock) {
    assert_status(ask(peer, REQUEST(lock, lock_release)), HF_OK);
}

uint64_t start_acquire(struct peer *peer, uint64_t lock, int64_t timeout_ms) {
    return peer_send(peer, waiting(REQUEST(lock, lock_acquire), timeout_ms));
}

uint64_t start_get(struct peer *peer, uint64_t queue, int64_t timeout_ms) {
    return peer_send(peer, waiting(REQUEST(queue, queue_get), timeout_ms));
}

void put_int(struct peer *peer, uint64_t queue, int64_t number) {
    assert_status(ask(peer, REQUEST(queue, queue_put, .value = of_int(number))), HF_OK);
}

const Hf__Statistics *statistics_of(struct peer *peer) {
    const Hf__Reply *reply = ask(peer, REQUEST(0, stats));
    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_STATISTICS);
    return reply->statistics;
}

/* ---- checks ---- */

void assert_values(const Hf__Reply *reply, const Hf__Any *any) {
    const Hf__AnyList *list = list_in(any);
    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_VALUES);
    assert_int_equal(reply->values->n_items, list->n_items);
    for (size_t i = 0; i < list->n_items; i++) {
        assert_true(same_value(reply->values->items[i], list->items[i]));
    }
}

void check_status(const Hf__Reply *reply, hf_status wanted, const char *file, int line) {
    if (!reply) {
        print_error("no reply, %s wanted\n", hf_status_name(wanted));
        _fail(file, line);
    } else if ((hf_status)reply->status != wanted) {
        print_error("%s (%s), %s wanted\n", hf_status_name((hf_status)reply->status),
                    reply->detail ? reply->detail : "no detail", hf_status_name(wanted));
        _fail(file, line);
    }
}

void check_value(const Hf__Reply *reply, const Hf__Any *wanted, const char *file, int line) {
    if (reply && reply->status != HF__STATUS__MISMATCH) {
        check_status(reply, HF_OK, file, line);
    }
    if (!reply || reply->result_case != HF__REPLY__RESULT_VALUE ||
        !same_value(reply->value, wanted)) {
        print_error("not the value that was wanted\n");
        _fail(file, line);
    }
}

void check_count(const Hf__Reply *reply, uint64_t wanted, const char *file, int line) {
    check_status(reply, HF_OK, file, line);
    if (reply->result_case != HF__REPLY__RESULT_COUNT || reply->count != wanted) {
        print_error("count %llu, %llu wanted\n", (unsigned long long)reply->count,
                    (unsigned long long)wanted);
        _fail(file, line);
    }
}

void check_truth(const Hf__Reply *reply, bool wanted, const char *file, int line) {
    check_status(reply, HF_OK, file, line);
    if (reply->result_case != HF__REPLY__RESULT_TRUTH || (reply->truth != 0) != wanted) {
        print_error("not %s\n", wanted ? "true" : "false");
        _fail(file, line);
    }
}

/* ---- running ---- */

static int set_up(void **state) {
    if (!*state) { /* none that the test has been given in its list */
        *state = world_new();
    }
    return 0;
}

/* Also after a failure, so the test's own worlds too. */
static int tear_down(void **state) {
    (void)state;
    mem_fail_at(0);
    while (worlds) {
        world_free(worlds);
    }
    return 0;
}

int world_run(const char *name, const struct CMUnitTest *tests, size_t count) {
    const struct around each = {set_up, tear_down}, all = {NULL, NULL};
    byte_by_byte = false;
    int failed = run_each(name, tests, count, each, all);
    byte_by_byte = true;
    return failed + run_each("the same, byte by byte", tests, count, each, all);
}
