/* SPDX-License-Identifier: MIT
 *
 * Numbers that an enum does not have, wherever a request has an enum: the request is refused, and
 * told the number.
 */
#include "scenarios.h"

#include <string.h>

enum { UNKNOWN = 99 };

static size_t times_given(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field) {
    const char *quantifier = (const char *)message + field->quantifier_offset;
    size_t count = 0;
    uint32_t which = 0;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        memcpy(&count, quantifier, sizeof count);
    } else if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        memcpy(&which, quantifier, sizeof which);
        count = which == field->id;
    } else {
        const void *inner = NULL;
        memcpy(&inner, (const char *)message + field->offset, sizeof inner);
        count = inner != NULL;
    }
    return count;
}

static ProtobufCMessage *inner_message(const ProtobufCMessage *message,
                                       const ProtobufCFieldDescriptor *field, size_t index) {
    const char *place = (const char *)message + field->offset;
    ProtobufCMessage *inner = NULL;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        ProtobufCMessage *const *list = NULL;
        memcpy(&list, place, sizeof list);
        return list[index];
    }
    memcpy(&inner, place, sizeof inner);
    return inner;
}

static void set_enum(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field) {
    const int unknown = UNKNOWN;
    const protobuf_c_boolean given = true;
    assert_int_not_equal(field->label, PROTOBUF_C_LABEL_REPEATED);
    memcpy((char *)message + field->offset, &unknown, sizeof unknown);
    if (field->label == PROTOBUF_C_LABEL_OPTIONAL) {
        memcpy((char *)message + field->quantifier_offset, &given, sizeof given);
    }
}

/* Put the unknown number in the n-th enum of the message and those within it. The type in a
 * reference tells the reader of a value; the manager goes by the id. Returns whether there are so
 * many, and else how many fewer in *nth. */
static bool spoil(ProtobufCMessage *message, size_t *nth) {
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    for (unsigned i = 0; i < descriptor->n_fields && descriptor != &hf__any__descriptor; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (field->type == PROTOBUF_C_TYPE_ENUM && (*nth)-- == 0) {
            set_enum(message, field);
            return true;
        }
        size_t count = field->type == PROTOBUF_C_TYPE_MESSAGE ? times_given(message, field) : 0;
        for (size_t j = 0; j < count; j++) {
            if (spoil(inner_message(message, field, j), nth)) {
                return true;
            }
        }
    }
    return false;
}

/* The n-th enum of this scenario's request. Returns whether it has so many. */
static bool refuses(const struct scenario *scenario, size_t nth) {
    struct fixture f = scenario_set_up();
    Hf__Request *request = NULL;
    f.made = &request;
    (void)scenario->send(&f);
    bool found = spoil(&request->base, &nth);
    if (found) {
        const Hf__Reply *reply = ask(f.ada, *request);
        if (reply->status != HF__STATUS__INVALID || !strstr(reply->detail, "number 99")) {
            fail_msg("%s: %s, %s", scenario->name, hf_status_name((hf_status)reply->status),
                     reply->detail);
        }
    }
    world_free(f.world);
    return found;
}

static bool succeeds(const struct scenario *scenario) {
    struct fixture f = scenario_set_up();
    hf_status status = (hf_status)peer_reply(f.ada, scenario->send(&f))->status;
    world_free(f.world);
    return hf_ok(status);
}

static void no_request_has_a_number_that_its_enum_does_not_have(void **state) {
    size_t count = 0;
    (void)state;
    for (size_t i = 0; i < scenario_count; i++) {
        size_t nth = 0;
        while (succeeds(&scenarios[i]) && refuses(&scenarios[i], nth)) {
            nth++;
        }
        count += nth;
    }
    assert_true(count > 20);
}

static void nor_has_one_that_reads(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    const Hf__Request requests[] = {
        REQUEST(0, object_list, .has_type = true, .type = (Hf__Type)UNKNOWN),
        REQUEST(queue, queue_list, .has_state = true, .state = (Hf__QueueItemState)UNKNOWN),
        with_checks(batch_of(0), 1, answers(&REQUEST(queue, queue_list), (hf_status)UNKNOWN)),
    };
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        const Hf__Reply *reply = ask(ada, requests[i]);
        assert_status(reply, HF_INVALID);
        assert_non_null(strstr(reply->detail, "number 99"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_request_has_a_number_that_its_enum_does_not_have),
        cmocka_unit_test(nor_has_one_that_reads),
    };
    return WORLD_MAIN(tests);
}
