/* SPDX-License-Identifier: MIT
 *
 * The one place where a request becomes a result. A typed function fills in its operation and says
 * how the result is taken; packing, the connection, the deadline, statuses, details, pipelines and
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
#include "session.h"
#include "sink.h"
#include "wire.h"

struct call {
    hf_client *client;
    Hf__Request request;
    hf_status status; /* the first thing that went wrong while the request was put together */
    struct scratch scratch;
    bool patient; /* the answer may come long after the timeout */
    bool checked; /* wait for the answer even where it can only be that it is done */
};

/** Begin a call on an object; 0: on none. Every call that was begun must be finished. */
void call_begin(struct call *call, hf_client *client, uint64_t object);

/** How long the call may wait. */
void call_timeout(struct call *call, int64_t timeout_ms);

/** Encode a value into `slot`, and return that. */
Hf__Any *call_any(struct call *call, hf_any any, Hf__Any *slot);

/** The same for a bound, which is absent where it is null. */
Hf__Any *call_optional(struct call *call, hf_any any, Hf__Any *slot);

/** Encode many values, or items. Returns their number. */
size_t call_array(struct call *call, const hf_any *values, size_t len, Hf__Any ***slots);
size_t call_items(struct call *call, const hf_any_item *pairs, size_t len, Hf__Item ***slots);

/** A text of the caller, which packing only reads. */
char *call_text(const char *text);

/** Make the call, or collect it where this thread collects. */
HF_MUST_USE hf_status call_finish(struct call *call, Hf__Request__OpCase op_case,
                                  ProtobufCMessage *op, struct sink sink);

/** The operation's message, with all fields absent, until call_finish(). `like` is a message with the
 *  same fields: its struct may stand for that of each such operation. */
void *call_message(struct call *call, Hf__Request__OpCase op_case,
                   const ProtobufCMessageDescriptor *like);

/** Make a call whose operation takes no argument. */
HF_MUST_USE hf_status call_plain(hf_object object, Hf__Request__OpCase op_case, struct sink sink);

/** Make such a call with a timeout. */
HF_MUST_USE hf_status call_plain_timed(hf_object object, int64_t timeout_ms,
                                       Hf__Request__OpCase op_case, struct sink sink);

/* How many requests without an answer may be under way. */
enum { CALL_UNANSWERED_MAX = 64 };

/* For what the library itself asks for while functions of the program run in this thread: these
 * three know neither guard nor collection. */

/** Make the call at once, and with it what was put before it. */
HF_MUST_USE hf_status call_make(struct call *call, Hf__Request__OpCase op_case,
                                ProtobufCMessage *op, struct sink sink);

/** Put a request that needs no answer before the one that follows it, which is to be made next.
 * Returns HF_OK, HF_TOO_BIG, HF_NO_MEMORY. */
HF_MUST_USE hf_status call_put(struct call *call, Hf__Request__OpCase op_case,
                               ProtobufCMessage *op);

/** Send a request that needs no answer. Now and then one is waited for, so that not too many are
 * under way. */
HF_MUST_USE hf_status call_tell(struct call *call, Hf__Request__OpCase op_case,
                                ProtobufCMessage *op);

/** Set the two members of a handle from a reference. Returns HF_OK, or HF_TYPE_ERROR: `ref` is of
 *  another kind, and the handle unchanged. */
HF_MUST_USE hf_status call_from_ref(hf_client *client, hf_any ref, hf_client **handle_client,
                                    uint64_t *id);

/** Refuse a call that cannot be put together. */
HF_MUST_USE hf_status call_invalid(const char *why);

/** For functions that make several calls: HF_INVALID while this thread collects. */
HF_MUST_USE hf_status call_alone(hf_client *client);

/* One call that has been sent, or will be. */
struct call_entry {
    struct sink sink;
    struct holds_request request;
    hf_status status;
    bool settled;
};

/** Send what is in the session's `out`: the requests of these entries, which have no answer. What
 * they release is held no more. Returns HF_OK when the socket has taken it all, or a fatal status,
 * with the session dropped. */
HF_MUST_USE hf_status call_post(struct session *session, const hf_client *client,
                                const struct call_entry *entries, size_t count);

/* Calls whose frames are in the session's `out`, with consecutive ids. */
struct exchange {
    hf_client *client;
    struct session *session;
    struct call_entry *entries;
    size_t count;
    uint64_t first_id;
    int64_t wait_ms; /* for the longest of them; negative: for ever */
    size_t failed;   /* the first entry known to have failed; call_exchange()'s own */
};

/** Send the frames and settle every entry. Returns the first status, in order, that is not HF_OK.
 */
HF_MUST_USE hf_status call_exchange(struct exchange *exchange);

/** Settle an entry with its reply. */
void call_settle(struct session *session, struct call_entry *entry, const Hf__Reply *reply);

#endif
