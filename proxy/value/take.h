/* SPDX-License-Identifier: MIT
 *
 * Takes: how the result of a reply gets where the caller wants it. A typed function hands one to
 * call_finish(), which applies it when the reply has come; in a pipeline that is long after the
 * function has returned.
 *
 * A take writes its outputs only as a whole, or not at all. An output may be NULL: not wanted.
 */
#ifndef HF_TAKE_H
#define HF_TAKE_H

#include "holdfast.pb-c.h"

#include <holdfast/lock.h>
#include <holdfast/object.h>
#include <holdfast/queue.h>

struct take;

/** Store the result. Returns HF_OK; HF_TYPE_ERROR, HF_NO_MEMORY; HF_PROTOCOL: it is not there. */
typedef hf_status take_store(const Hf__Reply *reply, const struct take *take);

struct take {
    take_store *store; /* NULL: the reply carries no result */
    void *out;
    void *more;        /* a second output, where there is one */
    int64_t number;    /* what a take may need besides */
    bool on_refusal;   /* store() is called for refused replies as well */
    hf_client *client; /* set by call_finish() */
};

/** Nothing to take. */
struct take take_nothing(void);

/* Of a value: into int64_t, double, bool, char *, (void *, size_t), hf_any. */
struct take take_int(int64_t *out);
struct take take_double(double *out);
struct take take_bool(bool *out);
struct take take_string(char **out);
struct take take_bytes(void **out, size_t *len);
struct take take_any(hf_any *out);

/* Of a `value` object, whose kinds convert where nothing is lost: a bool or int into int64_t, any
 * into a double. */
struct take take_number(int64_t *out);
struct take take_real(double *out);

/** Of a compare-and-set: the number that is there now, which is `replacement` unless the reply says
 * otherwise. */
struct take take_present(int64_t *out, int64_t replacement);

struct take take_count(uint64_t *out);
struct take take_truth(bool *out);
struct take take_item(hf_any *key, hf_any *value);

/** Of many values. */
struct take take_values(hf_any_array *out);

/** Of a new handle: take_handle(&dict->client, &dict->id). */
struct take take_handle(hf_client **client, uint64_t *id);

struct take take_holder(hf_holder *out);
struct take take_grant(hf_grant *out);
/** Just so many. */
struct take take_grants(hf_grant *out, size_t count);
struct take take_delivery(hf_delivery *out);

/** What a reply without its result is answered with. */
hf_status take_missing(void);

hf_status take_no_memory(void);

/** Copy a text into one of `size` bytes, cut where a character ends; NULL is an empty one. */
void take_text(char *to, size_t size, const char *from);

/** A holder of the protocol as one of the library. */
void take_fill_holder(const Hf__Holder *from, hf_holder *to);

#endif
