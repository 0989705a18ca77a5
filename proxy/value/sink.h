/* SPDX-License-Identifier: MIT
 *
 * Result sinks: where the result of a reply is stored for the caller. A typed function gives one to
 * call_finish(), which fills it when the reply has come; in a pipeline that is long after the
 * function has returned.
 *
 * A sink's outputs are written as a whole or not at all. An output may be NULL: not wanted.
 */
#ifndef HF_SINK_H
#define HF_SINK_H

#include "holdfast.pb-c.h"

#include <holdfast/lock.h>
#include <holdfast/object.h>
#include <holdfast/queue.h>

struct sink;

/** Store the result. Returns HF_OK; HF_TYPE_ERROR, HF_NO_MEMORY; HF_PROTOCOL: it is not there. */
typedef hf_status sink_store(const Hf__Reply *reply, const struct sink *sink);

struct sink {
    sink_store *store;            /* NULL: the reply carries no result */
    Hf__Reply__ResultCase result; /* of the reply, or it is HF_PROTOCOL; NOT_SET: store() checks */
    void *out;
    void *more;        /* a second output, where there is one */
    int64_t number;    /* what store() may need besides */
    uint32_t expect;   /* kinds to which the manager keeps: a sum of Hf__Expect; 0: any */
    bool on_refusal;   /* store() is called for refused replies as well */
    hf_client *client; /* set by call_finish() */
};

/** Let the manager refuse a value that the sink cannot store, before it takes or changes anything.
 * For results of operations that change something: of the others nothing is lost. */
struct sink sink_before(struct sink sink);

/** Store the result of a reply. */
hf_status sink_fill(const struct sink *sink, const Hf__Reply *reply);

/** The reply carries no result. */
struct sink sink_nothing(void);

/* A value, into int64_t, double, bool, char *, (void *, size_t), hf_any. */
struct sink sink_int(int64_t *out);
struct sink sink_double(double *out);
struct sink sink_bool(bool *out);
struct sink sink_string(char **out);
struct sink sink_bytes(void **out, size_t *len);
struct sink sink_any(hf_any *out);

/* The number of a `value` object, converted if nothing is lost: a bool or an int into int64_t, any
 * number into double. */
struct sink sink_number(int64_t *out);
struct sink sink_real(double *out);

/** After a compare-and-set, the number that is stored now: `replacement`, unless the reply says
 * otherwise. */
struct sink sink_present(int64_t *out, int64_t replacement);

/** A time to live, an int; null: -1. */
struct sink sink_ttl(int64_t *out);

struct sink sink_count(uint64_t *out);
struct sink sink_truth(bool *out);
struct sink sink_item(hf_any *key, hf_any *value);

/** Many values. */
struct sink sink_values(hf_any_array *out);

/** A new handle: sink_handle(&dict->client, &dict->id). */
struct sink sink_handle(hf_client **client, uint64_t *id);

struct sink sink_holder(hf_holder *out);
struct sink sink_grant(hf_grant *out);
/** Exactly `count` of them. */
struct sink sink_grants(hf_grant *out, size_t count);
struct sink sink_delivery(hf_delivery *out);

/** The status of a reply that lacks its result, HF_PROTOCOL. */
hf_status sink_missing(void);

hf_status sink_no_memory(void);

/** The status of a value that wire_take() has refused, with its detail. */
hf_status sink_refused(hf_status status);

/** Copy a text into one of `size` bytes, cut where a character ends; NULL is an empty one. */
void sink_text(char *to, size_t size, const char *from);

/** A holder of the protocol as one of the library. */
void sink_fill_holder(const Hf__Holder *from, hf_holder *to);

#endif
