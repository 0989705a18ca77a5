/* SPDX-License-Identifier: MIT
 *
 * See make.h.
 */
#include "make.h"

#include "keep.h"

#include <math.h>

enum { TRIES = 8 };

bool maker_chance(struct maker *maker, unsigned percent) {
    return dice_chance(maker->dice, percent);
}

uint64_t maker_roll(struct maker *maker, uint64_t n) {
    return dice_roll(maker->dice, n);
}

/* Now and then, an open with a tag and an attachment. */
static void add_tag(struct maker *maker, const ProtobufCMessage *op) {
    static const char *const tags[] = {"", "Counter", "Counter", "Stock"};
    const ProtobufCFieldDescriptor *tag =
        protobuf_c_message_descriptor_get_field_by_name(op->descriptor, "tag");
    const ProtobufCFieldDescriptor *attachment =
        protobuf_c_message_descriptor_get_field_by_name(op->descriptor, "attachment");
    if (!tag || !attachment || !maker_chance(maker, 15)) {
        return;
    }
    char *open = (char *)(uintptr_t)op;
    *(char **)(open + tag->offset) = maker_chance(maker, 3)
                                         ? keep_string("%065d", 0)
                                         : keep_string("%s", tags[maker_roll(maker, 4)]);
    if (maker_chance(maker, 30)) {
        *(protobuf_c_boolean *)(open + attachment->quantifier_offset) = 1;
        *(ProtobufCBinaryData *)(open + attachment->offset) =
            (ProtobufCBinaryData){maker_roll(maker, 4), (uint8_t *)keep_string("kept")};
    }
}

/* Now and then, an open that says which values are the same. */
static void add_equality(struct maker *maker, const ProtobufCMessage *op) {
    const ProtobufCFieldDescriptor *equality =
        protobuf_c_message_descriptor_get_field_by_name(op->descriptor, "equality");
    if (!equality || !maker_chance(maker, 30)) {
        return;
    }
    char *open = (char *)(uintptr_t)op;
    *(protobuf_c_boolean *)(open + equality->quantifier_offset) = 1;
    *(Hf__Equality *)(void *)(open + equality->offset) =
        maker_chance(maker, 2) ? (Hf__Equality)2 : (Hf__Equality)maker_chance(maker, 80);
}

void maker_emit(struct maker *maker, Hf__Request request) {
    if (request.op_case != HF__REQUEST__OP__NOT_SET) {
        add_tag(maker, (const ProtobufCMessage *)request.dict_open);
        add_equality(maker, (const ProtobufCMessage *)request.dict_open);
    }
    maker->made = keep_request(&request);
}

/* ---- objects ---- */

static bool suits(const struct model_object *object, const struct model_type *type) {
    return !object->gone && object->self.id != 0 && (!type || object->type == type);
}

uint64_t maker_object(struct maker *maker, const struct model_type *type) {
    const struct model *model = maker->model;
    size_t count = 0;
    for (size_t i = 0; i < model->object_count; i++) {
        count += suits(model->objects[i], type);
    }
    bool oldest = count == 0 || (maker->narrow && maker_chance(maker, 80));
    uint64_t choice = oldest ? 0 : maker_roll(maker, count);
    for (size_t i = 0; i < model->object_count; i++) {
        if (suits(model->objects[i], type) && choice-- == 0) {
            return model->objects[i]->self.id;
        }
    }
    return 0;
}

/* An id that nothing has: of what is gone, or none that ever was. */
static uint64_t strange_id(struct maker *maker) {
    const struct model *model = maker->model;
    if (model->object_count == 0 || maker_chance(maker, 20)) {
        bool small = maker_chance(maker, 50);
        return small ? maker_roll(maker, 24) : model->first_id - 1 - maker_roll(maker, 1 << 28);
    }
    uint64_t id = model->objects[maker_roll(maker, model->object_count)]->self.id;
    return maker_chance(maker, 80) ? id : id ^ (uint64_t)1 << 62;
}

static uint64_t choose_object(struct maker *maker, const struct model_type *type,
                              const struct model_op *op) {
    if (op->flags & (MODEL_OPENS | MODEL_FREE)) {
        return maker_chance(maker, 2) ? strange_id(maker) : 0;
    }
    const struct model_object *favourite =
        maker->inner ? model_find(maker->model, maker->favourite) : NULL;
    if (favourite && suits(favourite, op->flags & MODEL_ANY ? NULL : type) &&
        maker_chance(maker, 60)) {
        return favourite->self.id;
    }
    if (maker_chance(maker, 3)) {
        return maker_chance(maker, 50) ? strange_id(maker) : maker_object(maker, NULL);
    }
    return maker_object(maker, op->flags & MODEL_ANY ? NULL : type);
}

char *maker_name(struct maker *maker) {
    if (maker_chance(maker, 30)) {
        return NULL;
    }
    if (maker_chance(maker, 1)) {
        return keep_string("%s", "");
    }
    const char *type = maker_chance(maker, 3) ? "lock" : maker->type->name;
    return keep_string("%s %u", type, (unsigned)maker_roll(maker, 2));
}

Hf__Mode maker_mode(struct maker *maker) {
    return maker_chance(maker, 80)   ? HF__MODE__OPEN_OR_CREATE
           : maker_chance(maker, 50) ? HF__MODE__MUST_CREATE
                                     : HF__MODE__MUST_EXIST;
}

uint64_t maker_cursor(struct maker *maker, const struct model_object *object) {
    const struct model *model = maker->model;
    for (unsigned tries = 0; tries < TRIES && maker_chance(maker, 80); tries++) {
        const struct model_cursor *cursor = &model->cursors[maker_roll(maker, MODEL_CURSORS_ROOM)];
        if (cursor->value && cursor->object == object &&
            cursor->cleared == (object ? object->cleared : 0)) {
            return *cursor->value;
        }
    }
    return 0;
}

uint64_t maker_fence(struct maker *maker) {
    const struct model *model = maker->model;
    return model->fence + 1 - maker_roll(maker, model->fence - model->numbers_above + 2);
}

int64_t maker_lease(struct maker *maker) {
    return maker_chance(maker, 97) ? 1 + (int64_t)maker_roll(maker, 60)
                                   : -(int64_t)maker_roll(maker, 2);
}

/* The newest grant of a random object. */
static uint64_t some_fence(struct maker *maker, uint64_t lock) {
    const struct model_object *object = model_find(maker->model, lock);
    if (object && object->hold_count > 0 && maker_chance(maker, 80)) {
        return object->holds[0].fence;
    }
    return maker_fence(maker);
}

void maker_guard(struct maker *maker, Hf__Request *request) {
    if (!maker_chance(maker, 12)) {
        return;
    }
    Hf__Guard *guard = keep(sizeof *guard);
    hf__guard__init(guard);
    uint64_t lock = maker_object(maker, maker_chance(maker, 95) ? &model_lock : NULL);
    guard->lock = lock ? lock : 1 + maker_roll(maker, 9);
    guard->fence = some_fence(maker, guard->lock);
    request->guard = guard;
}

void maker_party(struct maker *maker, Hf__Request *request) {
    request->has_party = maker_chance(maker, 4);
    request->party = !request->has_party       ? 0
                     : maker_chance(maker, 70) ? maker->session->party
                                               : maker_roll(maker, MAKER_PARTIES + 1);
}

static bool takes_out(const Hf__Request *request) {
    return request->op_case == HF__REQUEST__OP_QUEUE_GET ||
           request->op_case == HF__REQUEST__OP_QUEUE_GET_MANY ||
           request->op_case == HF__REQUEST__OP_PIPE_RECEIVE ||
           request->op_case == HF__REQUEST__OP_DICT_POP ||
           request->op_case == HF__REQUEST__OP_LIST_POP ||
           request->op_case == HF__REQUEST__OP_SET_POP;
}

void maker_expect(struct maker *maker, Hf__Request *request) {
    if (!takes_out(request) || !maker_chance(maker, 15)) {
        return;
    }
    request->has_expect = true;
    request->expect =
        maker_chance(maker, 40) ? HF__EXPECT__EXPECT_INT : (uint32_t)maker_roll(maker, 8192);
}

/* ---- values ---- */

/* To what is there, to what is not, or to what may be there next. */
static Hf__Any *make_ref(struct maker *maker) {
    uint64_t id = maker_object(maker, NULL);
    if (maker_chance(maker, 10)) {
        id = strange_id(maker);
    } else if (id != 0 && maker_chance(maker, 8)) {
        id += 1 + maker_roll(maker, MODEL_GUESS_MAX);
    }
    return of_ref(id);
}

/* Numbers that are often the same but for their kind. */
static Hf__Any *small_number(struct maker *maker) {
    uint64_t number = maker_roll(maker, 3);
    switch (maker_roll(maker, 3)) {
    case 0:
        return of_int((int64_t)number);
    case 1:
        return of_double((double)number);
    default:
        return of_bool(number != 0);
    }
}

/* About 2^63 and 2^64, which doubles can equal, and beyond. */
static Hf__Any *make_big(struct maker *maker) {
    uint8_t bytes[11] = {0};
    size_t len = 9 + maker_roll(maker, 3);
    bool negative = maker_chance(maker, 30);
    bytes[0] = (uint8_t)maker_roll(maker, 2);
    bytes[7] = len == 9 && !negative && maker_chance(maker, 50) ? 0x80 : 0;
    bytes[len - 1] = negative ? 0xfe : bytes[7] ? 0 : 1;
    return of_big(bytes, len);
}

/* Doubles that are equal to ints, to bigs, or to nothing else. */
static Hf__Any *make_double(struct maker *maker) {
    static const double large[] = {0x1p63, 0x1p64, -0x1p65, 0x1p72, -0x1p63, 1e300, -INFINITY};
    return of_double(maker_chance(maker, 80)
                         ? (double)maker_roll(maker, 8) / 2
                         : large[maker_roll(maker, sizeof large / sizeof large[0])]);
}

static Hf__Any *make_opaque(struct maker *maker, uint64_t ref) {
    bool equals = maker_chance(maker, 40);
    const char *bytes = (const char *[]){"", "one", "two"}[maker_roll(maker, 3)];
    return of_opaque(maker_chance(maker, 80) ? "sim/a" : "sim/b", bytes,
                     equals ? (const char *[]){"one", "x"}[maker_roll(maker, 2)] : NULL, ref);
}

static Hf__Any *make_scalar(struct maker *maker) {
    switch (maker_roll(maker, 11)) {
    case 0:
        return of_null();
    case 1:
        return of_bool(maker_chance(maker, 50));
    case 2:
        return make_double(maker);
    case 3:
        return of_string(maker_chance(maker, 50) ? "" : "string");
    case 4:
        return of_bytes("\0byte", maker_roll(maker, 6));
    case 5:
        return of_double(maker_chance(maker, 50) ? (double)NAN : -0.0);
    case 6:
        return make_big(maker);
    case 7:
        return make_opaque(maker, 0);
    case 8:
        return of_tuple(maker_roll(maker, 3), small_number(maker),
                        maker_chance(maker, 50) ? of_string("t") : make_opaque(maker, 0));
    default:
        return of_int((int64_t)maker_roll(maker, 8));
    }
}

static Hf__Any *make_any(struct maker *maker, unsigned depth) {
    uint64_t kind = maker_roll(maker, 100);
    if (kind < 45) {
        return of_int((int64_t)(1000 + ++*maker->tokens));
    }
    if (kind < 70 || depth == 0) {
        return make_scalar(maker);
    }
    if (kind < 82) {
        return make_ref(maker);
    }
    if (kind < 85) {
        return make_opaque(maker, make_ref(maker)->ref->id);
    }
    if (kind < 88) {
        return of_tuple(maker_roll(maker, 3), make_any(maker, depth - 1),
                        make_any(maker, depth - 1));
    }
    if (kind < 95) {
        return of_list(maker_roll(maker, 4), make_any(maker, depth - 1), make_any(maker, depth - 1),
                       make_any(maker, depth - 1));
    }
    return of_map(maker_roll(maker, 3), of_int(1), make_any(maker, depth - 1), of_string("one"),
                  make_any(maker, depth - 1));
}

Hf__Any *maker_any(struct maker *maker) {
    return make_any(maker, 2);
}

Hf__Any *maker_key(struct maker *maker) {
    if (maker_chance(maker, 80)) {
        return of_string((const char *[]){"a", "b", "c", "d", "e", ""}[maker_roll(maker, 6)]);
    }
    return maker_chance(maker, 90) ? make_scalar(maker) : make_any(maker, 1);
}

Hf__Any *maker_number(struct maker *maker) {
    static const int64_t edges[] = {INT64_MIN, INT64_MAX, INT8_MIN, UINT8_MAX, UINT32_MAX, -1};
    static const double reals[] = {0.5, -2.25, 1e308, 1e39, (double)INFINITY, (double)NAN};
    switch (maker_roll(maker, 12)) {
    case 0:
        return of_int(edges[maker_roll(maker, sizeof edges / sizeof edges[0])]);
    case 1:
        return of_double(reals[maker_roll(maker, sizeof reals / sizeof reals[0])]);
    case 2:
        return make_scalar(maker);
    default:
        return of_int((int64_t)maker_roll(maker, 12) - 4);
    }
}

Hf__Any *maker_bound(struct maker *maker, int64_t about) {
    if (maker_chance(maker, 70)) {
        return NULL;
    }
    return maker_chance(maker, 30) ? maker_number(maker)
                                   : of_int(about + (int64_t)maker_roll(maker, 7) - 3);
}

/* Each list has values of its own sort, so that many can be sorted. */
Hf__Any *maker_list_value(struct maker *maker) {
    switch (maker->object % 4) {
    case 0:
        return make_any(maker, 2);
    case 1:
        return (maker->object / 4 % 2 ? of_tuple : of_list)(
            maker_roll(maker, 3), small_number(maker), small_number(maker));
    case 2:
        return of_string((const char *[]){"a", "ab", "b", "", "c"}[maker_roll(maker, 5)]);
    default:
        return maker_chance(maker, 90)   ? small_number(maker)
               : maker_chance(maker, 80) ? make_big(maker)
                                         : make_any(maker, 2);
    }
}

int64_t maker_index(struct maker *maker) {
    static const int64_t edges[] = {INT64_MIN, INT64_MAX, -100, 100};
    return maker_chance(maker, 95) ? (int64_t)maker_roll(maker, 14) - 6
                                   : edges[maker_roll(maker, sizeof edges / sizeof edges[0])];
}

int64_t maker_step(struct maker *maker) {
    static const int64_t steps[] = {1, -1, 2, -2, 3, 0, INT64_MIN, INT64_MAX};
    return steps[maker_roll(maker, sizeof steps / sizeof steps[0])];
}

/* ---- requests ---- */

static const struct model_type *choose_type(struct maker *maker) {
    uint64_t sum = 0;
    for (size_t i = 0; i < model_type_count; i++) {
        sum += maker->type_weights[i];
    }
    uint64_t choice = maker_roll(maker, sum);
    size_t at = 0;
    while (choice >= maker->type_weights[at]) {
        choice -= maker->type_weights[at++];
    }
    return model_types[at];
}

static uint64_t weight_of(const struct maker *maker, const struct model_op *op) {
    uint64_t usual = maker->narrow ? op->weight > 0 : op->weight;
    return usual * maker->op_factors[op->tag];
}

static uint64_t sum_weights(const struct maker *maker, const struct model_type *type) {
    uint64_t sum = 0;
    for (size_t i = 0; i < type->op_count; i++) {
        sum += weight_of(maker, &type->ops[i]);
    }
    return sum;
}

/* An operation of the type itself, or one that it shares with another type. */
static const struct model_op *choose_op(struct maker *maker, const struct model_type *type) {
    uint64_t sum = sum_weights(maker, type);
    for (const struct model_type *from = type->like; from; from = from->like) {
        sum += sum_weights(maker, from);
    }
    if (sum == 0) {
        return type->ops;
    }
    uint64_t choice = maker_roll(maker, sum);
    while (type->like && choice >= sum_weights(maker, type)) {
        choice -= sum_weights(maker, type);
        type = type->like;
    }
    const struct model_op *op = type->ops;
    for (; choice >= weight_of(maker, op); op++) {
        choice -= weight_of(maker, op);
    }
    return op;
}

/* Now and then, let the object expire that is made. */
static void make_ttl_of_open(struct maker *maker) {
    ProtobufCMessage *op = &maker->made->dict_open->base; /* all of them are pointers in a union */
    const ProtobufCFieldDescriptor *ttl_ms =
        protobuf_c_message_descriptor_get_field_by_name(op->descriptor, "ttl_ms");
    if (maker_chance(maker, 8)) {
        *(protobuf_c_boolean *)(void *)((char *)op + ttl_ms->quantifier_offset) = true;
        *(uint64_t *)(void *)((char *)op + ttl_ms->offset) =
            1 + maker_roll(maker, maker_chance(maker, 80) ? 100 : 3000);
    }
}

void maker_make(struct maker *maker) {
    const struct model_type *type = choose_type(maker);
    while (maker->inner && type == &model_session_type && maker_chance(maker, 95)) {
        type = choose_type(maker); /* hardly any of them fits a batch */
    }
    const struct model_op *op = choose_op(maker, type);
    bool needs_one = !(op->flags & (MODEL_OPENS | MODEL_FREE | MODEL_ANY));
    if (needs_one && !maker_object(maker, type)) {
        op = &type->ops[0]; /* nothing to use yet: open one */
    }
    maker->type = type;
    maker->object = choose_object(maker, type, op);
    op->make(maker);
    if (op->flags & MODEL_OPENS) {
        make_ttl_of_open(maker);
    }
}
