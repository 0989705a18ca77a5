/* SPDX-License-Identifier: MIT
 *
 * The one place where a request becomes a result. A typed function fills in its operation and gives
 * a sink for the result. Packing, the connection, the deadline, statuses, details, pipelines and
 * batches are dealt with here, once.
 *
 *     struct call call;
 *     Hf__Any wire;
 *     Hf__DictContains op = HF__DICT_CONTAINS__INIT;
 *     call_begin(&call, dict.client, dict.id);
 *     op.key = call_any(&call, key, &wire);
 *     return call_finish(&call, HF__REQUEST__OP_DICT_CONTAINS, &op.base, sink_truth(contains));
 */
#ifndef HF_CALL_H
#define HF_CALL_H

#include "holdfast.pb-c.h"
#include "reserved.h"
#include "session.h"
#include "sink.h"
#include "wire.h"

#include <holdfast/raw.h>

/* A request that the program has packed: its operation is in the call's unknown field. */
struct raw_call {
    struct holds_request holds;
    const void *request; /* all of it */
    size_t len;
    hf_raw_reply *reply; /* out; NULL: not wanted */
};

struct call {
    hf_client *client;
    Hf__Request request;
    uint64_t oldest;  /* the smallest id of an object that it names; UINT64_MAX: none */
    hf_status status; /* the first error while the request was put together */
    struct scratch scratch;
    const int *wake_fd; /* when it can be read, the call is cancelled if it waits; NULL: none */
    bool patient; /* no deadline for the answer: after the timeout the call waits for a lock */
    bool checked; /* wait for the answer even if the operation is a release */
    bool steady;  /* it waits, and a signal does not end that, since it would concern others */
    bool opens;   /* a named object, which can be opened again */
    const struct raw_call *raw; /* its request was packed by the program; NULL: it is typed */
    bool follows; /* it goes on with what an earlier call has begun: in the same run only */
};

/** Begin a call on an object; 0: on none. Each call that was begun must be finished. */
void call_begin(struct call *call, hf_client *client, uint64_t object);

/** Refuse the call with this status, unless it is HF_OK or the call is refused already. */
void call_check(struct call *call, hf_status status);

/** The operation names another object. Returns its id. */
uint64_t call_names(struct call *call, uint64_t id);

/** How long the call may wait. */
void call_timeout(struct call *call, int64_t timeout_ms);

/** Encode a value into `slot`, and return that. */
Hf__Any *call_any(struct call *call, hf_any any, Hf__Any *slot);

/** The same for a value that may be absent: null. */
Hf__Any *call_optional(struct call *call, hf_any any, Hf__Any *slot);

/** Encode many values, or items. Returns their number. */
size_t call_array(struct call *call, const hf_any *values, size_t len, Hf__Any ***slots);
size_t call_items(struct call *call, const hf_any_item *pairs, size_t len, Hf__Item ***slots);

/** A text of the caller for a field of the request; packing only reads it. */
char *call_text(const char *text);

/** Make the call, or collect it if this thread collects calls. */
HF_MUST_USE hf_status call_finish(struct call *call, Hf__Request__OpCase op_case,
                                  ProtobufCMessage *op, struct sink sink);

/** Make or collect a raw call, as call_finish(). */
HF_MUST_USE hf_status call_finish_raw(struct call *call, const struct raw_call *raw);

/** The operation's message with all fields absent, valid until call_finish(). `like` describes any
 * message with the same fields; the caller fills in that message's struct. */
void *call_message(struct call *call, Hf__Request__OpCase op_case,
                   const ProtobufCMessageDescriptor *like);

/** Begin a call that opens an object. Returns its message as call_message(), with the name and the
 * mode, which come first in all such messages. */
void *call_begin_open(struct call *call, hf_client *client, Hf__Request__OpCase op_case,
                      const char *name, hf_mode mode);

/** Make a call whose operation takes no argument. */
HF_MUST_USE hf_status call_plain(hf_object object, Hf__Request__OpCase op_case, struct sink sink);

/** Make such a call with a timeout. */
HF_MUST_USE hf_status call_plain_timed(hf_object object, int64_t timeout_ms,
                                       Hf__Request__OpCase op_case, struct sink sink);

/** Make a call that opens an object by its name and mode alone. */
HF_MUST_USE hf_status call_open(hf_client *client, Hf__Request__OpCase op_case, const char *name,
                                hf_mode mode, struct sink handle);

/** Make a call whose first arguments are values, in the order of the operation's fields. NULL: this
 * one is absent. */
HF_MUST_USE hf_status call_with_values(hf_object object, Hf__Request__OpCase op_case,
                                       const hf_any *const *values, size_t count, struct sink sink);

enum { CALL_VALUES_MAX = 5 };

/** `any`, or NULL if it is null: for a value that may be absent. */
const hf_any *call_given(const hf_any *any);

/** Make a call whose first argument is a value. */
HF_MUST_USE hf_status call_with_value(hf_object object, Hf__Request__OpCase op_case, hf_any value,
                                      struct sink sink);

/** Make a call whose first argument is a whole number or a bool; others are absent. A negative
 * number is cast, and becomes itself again in a signed field. */
HF_MUST_USE hf_status call_with_number(hf_object object, int64_t timeout_ms,
                                       Hf__Request__OpCase op_case, uint64_t number,
                                       struct sink sink);

/* How many requests without an answer may be under way. */
enum { CALL_UNANSWERED_MAX = 64 };

/* The next three are for calls that the library itself makes while functions of the program run in
 * this thread. They ignore the thread's guard, party and collection. */

/** Make the call at once, and send what was put before it. */
HF_MUST_USE hf_status call_make(struct call *call, Hf__Request__OpCase op_case,
                                ProtobufCMessage *op, struct sink sink);

/** Put a request without an answer, which call_make() then sends with its own. Returns HF_OK,
 * HF_TOO_BIG, HF_NO_MEMORY. */
HF_MUST_USE hf_status call_put(struct call *call, Hf__Request__OpCase op_case,
                               ProtobufCMessage *op);

/** Send a request that needs no answer. One in CALL_UNANSWERED_MAX is answered nevertheless, so
 * that not too many are under way. */
HF_MUST_USE hf_status call_tell(struct call *call, Hf__Request__OpCase op_case,
                                ProtobufCMessage *op);

/** Set the two members of a handle from a reference. Returns HF_OK, or HF_TYPE_ERROR: `ref` is of
 * another kind, and the handle unchanged. */
HF_MUST_USE hf_status call_from_ref(hf_client *client, hf_any ref, hf_client **handle_client,
                                    uint64_t *id);

/** Define hf_NAME_ref() and hf_NAME_from_ref(), which every type of handle has. */
#define CALL_REFERENCES(name)                                                                      \
    hf_any hf_##name##_ref(hf_##name handle) {                                                     \
        return hf_any_ref(handle.id);                                                              \
    }                                                                                              \
    hf_status hf_##name##_from_ref(hf_client *client, hf_any ref, hf_##name *handle) {             \
        return call_from_ref(client, ref, &handle->client, &handle->id);                           \
    }

/** HF_INVALID with this detail. */
HF_MUST_USE hf_status call_invalid(const char *why);

/** HF_INVALID while this thread collects calls. For functions that make several calls. */
HF_MUST_USE hf_status call_alone(hf_client *client);

/* A call that has been sent or will be. */
struct call_entry {
    struct sink sink;
    struct holds_request request;
    hf_raw_reply *raw_reply; /* out: the reply's bytes, which are not decoded; NULL: it is typed */
    bool raw;
    uint8_t *raw_copy; /* of them, if it was collected */
    uint8_t *opening;  /* the request, if it is to be remembered as one that opens an object */
    size_t opening_len;
    hf_status status;
    bool settled;
};

/** Send the session's `out`: the requests of these entries, which have no answer. Returns HF_OK
 * when the socket has taken all, or a fatal status, with the session dropped. */
HF_MUST_USE hf_status call_post(struct session *session, const hf_client *client,
                                const struct call_entry *entries, size_t count);

/* Calls whose frames are in the session's `out`, with consecutive ids. */
struct exchange {
    hf_client *client;
    struct session *session;
    struct call_entry *entries;
    size_t count;
    uint64_t first_id;
    int64_t wait_ms;    /* the longest wait of any entry; negative: for ever */
    bool raw;           /* some of its entries are raw */
    bool collected;     /* replies of raw entries are copied */
    bool waits;         /* at the manager, perhaps: hf_interrupt() ends it */
    bool interruptible; /* a single call whose wait a signal ends */
    bool patient;       /* an interrupted wait may be answered late: it has its lock again first */
    const int *wake_fd; /* as that of a call */
    size_t failed;      /* the first entry known to have failed; call_exchange()'s own */
    size_t awaited;     /* the first one that has no answer yet, or a later one; its own as well */
};

/** Send the frames and settle each entry. Returns the first status, in order, that is not HF_OK. */
HF_MUST_USE hf_status call_exchange(struct exchange *exchange);

/** Put a cancel for each entry that has no answer yet: let the manager end those that still wait.
 * An interrupter may have done so in the same moment; a second cancel does nothing. */
HF_MUST_USE hf_status call_put_cancels(const struct exchange *exchange);

/** Settle the entry that a received message is for. Returns HF_OK, also if the call was refused; or
 * a fatal status: the connection cannot be used any more. */
HF_MUST_USE hf_status call_take(struct exchange *exchange, const struct message *message);

/** The id of the request that a received message answers; 0: of none. */
uint64_t call_id_of(const struct message *message);

/** The status of a message that is for no request: the reason for which the manager ends the
 * session, or HF_PROTOCOL. */
HF_MUST_USE hf_status call_refuse(const struct message *message);

/** Settle an entry with its reply. */
void call_settle(struct session *session, struct call_entry *entry, const Hf__Reply *reply);

#endif
