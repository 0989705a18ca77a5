/* SPDX-License-Identifier: MIT
 *
 * See random_request.h.
 */
#include "random_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEPTH_MAX = 4 };

bool random_chance(struct random_requests *made, unsigned percent) {
    return seeded_below(&made->dice, 100) < percent;
}

size_t random_below(struct random_requests *made, size_t count) {
    return seeded_below(&made->dice, count);
}

static void *take(struct random_requests *made, size_t size) {
    size_t aligned = (size + 15) / 16 * 16;
    if (aligned > RANDOM_ARENA_BYTES - made->used) {
        abort();
    }
    void *memory = made->arena + made->used;
    made->used += aligned;
    return memset(memory, 0, aligned);
}

/* ---- numbers ---- */

static void learn(struct known *known, uint64_t number) {
    known->numbers[known->count++ % KNOWN_MAX] = number;
}

static uint64_t one_of(struct random_requests *made, const struct known *known) {
    size_t count = known->count < KNOWN_MAX ? known->count : KNOWN_MAX;
    return count > 0 ? known->numbers[random_below(made, count)] : random_below(made, 3);
}

static uint64_t small(struct random_requests *made, const char *name) {
    static const uint64_t edges[] = {
        UINT64_MAX, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT32_MAX, INT32_MAX, 1000000, 65536, 255};
    if (strcmp(name, "end") == 0 && random_chance(made, 95)) {
        return random_below(made, 2);
    }
    return random_chance(made, 3) ? edges[random_below(made, sizeof edges / sizeof edges[0])]
                                  : random_below(made, 6);
}

/* The type's name begins the name of its operations. */
static bool is_of(const struct known_object *object, const char *op) {
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(&hf__type__descriptor, (int)object->type);
    const char *name = value && object->type != HF__TYPE__NAMESPACE ? value->name : "dict";
    return strncasecmp(op, name, strlen(name)) == 0 && op[strlen(name)] == '_';
}

/* Mostly one whose type's name begins `like`, and mostly the first of them. */
static uint64_t some_object(struct random_requests *made, const char *like) {
    if (random_chance(made, 2)) {
        return random_below(made, 5);
    }
    bool any = random_chance(made, 6);
    uint64_t found = 0;
    for (size_t i = 0; i < made->object_count; i++) {
        const struct known_object *object = &made->objects[i];
        if ((any || is_of(object, like)) && (found == 0 || random_chance(made, 25))) {
            found = object->id;
        }
    }
    return found;
}

static bool ends_in(const char *name, const char *end) {
    size_t len = strlen(name);
    size_t end_len = strlen(end);
    return len >= end_len && strcmp(name + len - end_len, end) == 0;
}

static bool is_one_of(const char *name, const char *const *names) {
    while (*names && strcmp(name, *names) != 0) {
        names++;
    }
    return *names;
}

static uint64_t some_number(struct random_requests *made, const char *name) {
    static const char *const objects[] = {"pool", "lock", "other", "submitter", "supervisor", NULL};
    static const char *const grants[] = {"fence", "delivery", NULL};
    static const char *const others[] = {"task", "session", "cursor", "ids", NULL};
    char like[32];
    if (strcmp(name, "locks") == 0 || is_one_of(name, objects)) {
        const char *type = name[0] == 'l' ? "lock" : name[0] == 'o' ? "set" : name;
        (void)snprintf(like, sizeof like, "%s_", type);
        return some_object(made, like);
    }
    if (strcmp(name, "object") == 0 || strcmp(name, "objects") == 0) {
        return made->object_count > 0 ? made->objects[random_below(made, made->object_count)].id
                                      : 1;
    }
    if (is_one_of(name, grants)) {
        return one_of(made, &made->grants);
    }
    if (is_one_of(name, others)) {
        return one_of(made, &made->others);
    }
    if (ends_in(name, "_ms")) {
        return random_chance(made, 15) ? UINT64_MAX : random_below(made, 30);
    }
    return small(made, name);
}

/* ---- messages ---- */

static ProtobufCMessage *message_of(struct random_requests *made,
                                    const ProtobufCMessageDescriptor *descriptor, unsigned depth);

/* Text of 3-byte characters, up to the size of the buffers in which the core packs replies. */
static char *long_text(struct random_requests *made) {
    static const char euro[] = "\xe2\x82\xac";
    enum { CHARACTERS_MAX = 8000, BYTES = sizeof euro - 1 };
    size_t count = random_below(made, random_chance(made, 50) ? 400 : CHARACTERS_MAX);
    char *text = take(made, count * BYTES + 1);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + i * BYTES, euro, BYTES);
    }
    return text;
}

static char *some_text(struct random_requests *made) {
    if (random_chance(made, 2) && made->used < RANDOM_ARENA_BYTES / 2) {
        return long_text(made);
    }
    static const char *const texts[] = {
        "a", "b", "c", "", "\xe2\x82\xac", "longer than the others"};
    const char *text =
        texts[random_chance(made, 90) ? random_below(made, 2) : random_below(made, 6)];
    return strcpy(take(made, strlen(text) + 1), text);
}

static int some_choice(struct random_requests *made, const ProtobufCEnumDescriptor *choices) {
    return random_chance(made, 2) ? 99
                                  : choices->values[random_below(made, choices->n_values)].value;
}

/* A packed value, sometimes with a byte that was changed. */
static ProtobufCBinaryData some_packed(struct random_requests *made,
                                       const ProtobufCMessageDescriptor *descriptor,
                                       unsigned depth) {
    ProtobufCMessage *message = message_of(made, descriptor, depth + 1);
    ProtobufCBinaryData data = {protobuf_c_message_get_packed_size(message), NULL};
    data.data = take(made, data.len + 1);
    (void)protobuf_c_message_pack(message, data.data);
    if (data.len > 0 && random_chance(made, 5)) {
        data.data[random_below(made, data.len)] = (uint8_t)random_below(made, 256);
    }
    return data;
}

/* An integer, mostly one that has no shorter form. */
static ProtobufCBinaryData some_big(struct random_requests *made) {
    ProtobufCBinaryData data = {random_chance(made, 90) ? 9 + random_below(made, 3)
                                                        : random_below(made, 9),
                                take(made, 16)};
    for (size_t i = 0; i < data.len; i++) {
        data.data[i] = (uint8_t)random_below(made, random_chance(made, 90) ? 2 : 256);
    }
    if (data.len > 0 && random_chance(made, 90)) {
        data.data[data.len - 1] = random_chance(made, 50) ? 1 : 0xfe;
    }
    return data;
}

static ProtobufCBinaryData some_bytes(struct random_requests *made, const char *name,
                                      unsigned depth) {
    if (strcmp(name, "list") == 0 || strcmp(name, "tuple") == 0) {
        return some_packed(made, &hf__any_list__descriptor, depth);
    }
    if (strcmp(name, "opaque") == 0) {
        return some_packed(made, &hf__opaque__descriptor, depth);
    }
    if (strcmp(name, "big") == 0) {
        return some_big(made);
    }
    if (strcmp(name, "map") == 0) {
        return some_packed(made, &hf__any_map__descriptor, depth);
    }
    char *text = some_text(made);
    return (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
}

static void put(struct random_requests *made, const ProtobufCFieldDescriptor *field, void *slot,
                unsigned depth) {
    uint64_t number = 0;
    double real = (double)random_below(made, 5) / 2;
    float half = (float)real;
    int choice = 0;
    ProtobufCBinaryData bytes;
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)slot = message_of(made, field->descriptor, depth + 1);
        break;
    case PROTOBUF_C_TYPE_STRING:
        *(char **)slot = some_text(made);
        break;
    case PROTOBUF_C_TYPE_BYTES:
        bytes = some_bytes(made, field->name, depth);
        memcpy(slot, &bytes, sizeof bytes);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        choice = some_choice(made, field->descriptor);
        memcpy(slot, &choice, sizeof choice);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)slot = random_chance(made, 50);
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        memcpy(slot, &real, sizeof real);
        break;
    case PROTOBUF_C_TYPE_FLOAT:
        memcpy(slot, &half, sizeof half);
        break;
    default:
        number = some_number(made, field->name);
        bool wide = field->type == PROTOBUF_C_TYPE_INT64 || field->type == PROTOBUF_C_TYPE_UINT64 ||
                    field->type == PROTOBUF_C_TYPE_SINT64 ||
                    field->type == PROTOBUF_C_TYPE_FIXED64 ||
                    field->type == PROTOBUF_C_TYPE_SFIXED64;
        uint32_t narrow = (uint32_t)number;
        memcpy(slot, wide ? (void *)&number : (void *)&narrow, wide ? 8 : 4);
        break;
    }
}

static size_t size_of(const ProtobufCFieldDescriptor *field) {
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
    case PROTOBUF_C_TYPE_STRING:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    default:
        return 4;
    }
}

static bool is_request(const ProtobufCFieldDescriptor *field) {
    return field->type == PROTOBUF_C_TYPE_MESSAGE && field->descriptor == &hf__request__descriptor;
}

static void put_several(struct random_requests *made, uint8_t *message,
                        const ProtobufCFieldDescriptor *field, unsigned depth) {
    size_t count = random_below(made, random_chance(made, 5) ? 12 : 4);
    size_t size = size_of(field);
    count = depth > DEPTH_MAX ? 0 : count;
    uint8_t *array = take(made, count * size + 1);
    for (size_t i = 0; i < count; i++) {
        put(made, field, array + i * size, depth);
    }
    memcpy(message + field->quantifier_offset, &count, sizeof count);
    memcpy(message + field->offset, &array, sizeof array);
}

static void put_field(struct random_requests *made, uint8_t *message,
                      const ProtobufCFieldDescriptor *field, unsigned depth) {
    bool set = field->label == PROTOBUF_C_LABEL_REQUIRED || random_chance(made, 55);
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        put_several(made, message, field, depth);
    } else if (set) {
        put(made, field, message + field->offset, depth);
        bool has = field->label != PROTOBUF_C_LABEL_REQUIRED && field->quantifier_offset > 0;
        if (has) {
            *(protobuf_c_boolean *)(message + field->quantifier_offset) = true;
        }
    }
}

/* One field of the oneof, or none. Deep down, a scalar: they come first. */
static void put_one_of(struct random_requests *made, uint8_t *message,
                       const ProtobufCMessageDescriptor *descriptor, unsigned depth) {
    enum { SCALARS = 5 };
    const ProtobufCFieldDescriptor *fields[64];
    size_t count = 0;
    for (unsigned i = 0; i < descriptor->n_fields && count < 64; i++) {
        if (descriptor->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
            fields[count++] = &descriptor->fields[i];
        }
    }
    if (count == 0 || random_chance(made, 5)) {
        return;
    }
    bool scalar = depth >= DEPTH_MAX || random_chance(made, 70);
    size_t choice = random_below(made, scalar && count > SCALARS ? SCALARS : count);
    uint32_t tag = fields[choice]->id;
    put(made, fields[choice], message + fields[choice]->offset, depth);
    memcpy(message + fields[choice]->quantifier_offset, &tag, sizeof tag);
}

/* ---- requests ---- */

static const ProtobufCFieldDescriptor *choose_op(struct random_requests *made) {
    const ProtobufCMessageDescriptor *requests = &hf__request__descriptor;
    size_t sum = 0;
    for (unsigned i = 0; i < requests->n_fields; i++) {
        sum += made->weights[requests->fields[i].id];
    }
    size_t choice = random_below(made, sum);
    const ProtobufCFieldDescriptor *field = requests->fields;
    for (; choice >= made->weights[field->id]; field++) {
        choice -= made->weights[field->id];
    }
    return field;
}

/* Whether there is an object that the operation is for, or it needs none. */
static bool is_possible(struct random_requests *made, const char *op) {
    bool possible = ends_in(op, "_open") || strncmp(op, "object_", 7) == 0 || !strchr(op, '_');
    for (size_t i = 0; i < made->object_count; i++) {
        possible = possible || is_of(&made->objects[i], op);
    }
    return possible;
}

static ProtobufCMessage *request_of(struct random_requests *made, unsigned depth) {
    Hf__Request *request = take(made, sizeof *request);
    hf__request__init(request);
    const ProtobufCFieldDescriptor *op = choose_op(made);
    for (int tries = 0; tries < 5 && !is_possible(made, op->name); tries++) {
        op = choose_op(made);
    }
    while (depth > 2 && (op->id == HF__REQUEST__OP_BATCH || op->id == HF__REQUEST__OP_WAIT_ANY)) {
        op = choose_op(made);
    }
    for (unsigned i = 0; i < hf__request__descriptor.n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &hf__request__descriptor.fields[i];
        bool own = strcmp(field->name, "id") == 0 || strcmp(field->name, "seq") == 0 ||
                   strcmp(field->name, "party") == 0 || field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
        if (!own && random_chance(made, 6)) {
            put_field(made, (uint8_t *)request, field, depth);
        }
    }
    request->has_party = random_chance(made, depth == 0 ? 20 : 1);
    request->party = request->has_party ? random_below(made, 3) : 0;
    request->has_object = true;
    request->object = some_object(made, op->name);
    request->has_timeout_ms = random_chance(made, 60);
    request->timeout_ms = random_chance(made, 50) ? -1 : (int64_t)random_below(made, 30);
    request->op_case = op->id;
    request->ping = (Hf__Ping *)message_of(made, op->descriptor, depth + 1);
    return &request->base;
}

static ProtobufCMessage *message_of(struct random_requests *made,
                                    const ProtobufCMessageDescriptor *descriptor, unsigned depth) {
    if (descriptor == &hf__request__descriptor) {
        return request_of(made, depth);
    }
    ProtobufCMessage *message = take(made, descriptor->sizeof_message);
    descriptor->message_init(message);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) &&
            !(depth > DEPTH_MAX + 2 && is_request(field))) {
            put_field(made, (uint8_t *)message, field, depth);
        }
    }
    put_one_of(made, (uint8_t *)message, descriptor, depth);
    return message;
}

Hf__Request *random_request(struct random_requests *made) {
    made->used = 0;
    return (Hf__Request *)request_of(made, 0);
}

/* ---- a run ---- */

/* The operations of a few types, some of them more than others; and those of every object. */
void random_begin(struct random_requests *made, uint64_t seed) {
    static const unsigned factors[] = {0, 1, 1, 2, 6};
    memset(made, 0, sizeof *made);
    made->dice.state = seed * 0x9e3779b97f4a7c15u + 1;
    for (int i = 0; i < 8; i++) {
        (void)seeded_next(&made->dice);
    }
    const ProtobufCMessageDescriptor *requests = &hf__request__descriptor;
    char last[32] = "";
    unsigned of_type = 0;
    for (unsigned i = 0; i < requests->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &requests->fields[i];
        if (!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)) {
            continue;
        }
        size_t len = strcspn(field->name, "_");
        if (strncmp(last, field->name, len) != 0 || last[len]) {
            (void)snprintf(last, sizeof last, "%.*s", (int)len, field->name);
            of_type = random_chance(made, 20) ? 4 : random_chance(made, 20);
        }
        unsigned weight = of_type * factors[random_below(made, 5)];
        made->weights[field->id] = ends_in(field->name, "_open") ? of_type * 2 : weight;
    }
    made->weights[HF__REQUEST__OP_BATCH] = made->weights[HF__REQUEST__OP_WAIT_ANY] = 2;
    made->weights[HF__REQUEST__OP_CANCEL] = made->weights[HF__REQUEST__OP_OBJECT_DESCRIBE] = 1;
    made->weights[HF__REQUEST__OP_OBJECT_RELEASE] = random_chance(made, 30);
    made->weights[HF__REQUEST__OP_OBJECT_DELETE] = random_chance(made, 40);
    made->weights[HF__REQUEST__OP_PING] = 1;
}

static void learn_object(struct random_requests *made, const Hf__Ref *ref) {
    for (size_t i = 0; i < made->object_count; i++) {
        if (made->objects[i].id == ref->id) {
            return;
        }
    }
    bool room = made->object_count < KNOWN_MAX;
    size_t at = room ? made->object_count++ : random_below(made, KNOWN_MAX);
    made->objects[at] = (struct known_object){ref->id, ref->type};
}

void random_learn(struct random_requests *made, const Hf__Reply *reply) {
    switch ((int)reply->result_case) {
    case HF__REPLY__RESULT_OBJECT:
        learn_object(made, reply->object);
        break;
    case HF__REPLY__RESULT_GRANT:
        learn(&made->grants, reply->grant->fence);
        break;
    case HF__REPLY__RESULT_GRANTS:
        for (size_t i = 0; i < reply->grants->n_grants; i++) {
            learn(&made->grants, reply->grants->grants[i]->fence);
        }
        break;
    case HF__REPLY__RESULT_DELIVERY:
        learn(&made->grants, reply->delivery->id);
        break;
    case HF__REPLY__RESULT_TASK:
        learn(&made->others, reply->task->id);
        break;
    case HF__REPLY__RESULT_PAGE:
        learn(&made->others, reply->page->next);
        break;
    case HF__REPLY__RESULT_QUEUE_ENTRIES:
        for (size_t i = 0; i < reply->queue_entries->n_entries; i++) {
            learn(&made->others, reply->queue_entries->entries[i]->id);
        }
        learn(&made->others, reply->queue_entries->next);
        break;
    case HF__REPLY__RESULT_WELCOME:
        learn(&made->others, reply->welcome->session);
        break;
    case HF__REPLY__RESULT_REPLIES:
        for (size_t i = 0; i < reply->replies->n_replies; i++) {
            random_learn(made, reply->replies->replies[i]);
        }
        break;
    case HF__REPLY__RESULT_FIRST:
        random_learn(made, reply->first->reply);
        break;
    default:
        break;
    }
}

void random_forget(struct random_requests *made, uint64_t id) {
    size_t kept = 0;
    for (size_t i = 0; i < made->object_count; i++) {
        if (made->objects[i].id != id) {
            made->objects[kept++] = made->objects[i];
        }
    }
    made->object_count = kept;
}
