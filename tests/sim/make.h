/* SPDX-License-Identifier: MIT
 *
 * Random requests: the session, the operation, the object and the values. Requests that make sense
 * are likely, others are rare.
 */
#ifndef HF_SIM_MAKE_H
#define HF_SIM_MAKE_H

#include "dice.h"
#include "model.h"
#include "world.h"

enum { MAKER_TAGS = 1024, MAKER_PARTIES = 2 };

struct maker {
    struct dice *dice;
    struct model *model;
    struct model_session *session; /* or a party of it */
    const struct model_type *type; /* of the operation that is made */
    uint64_t object;               /* whose id it goes to; 0: none */
    Hf__Request *made;
    uint64_t favourite;           /* object of the batch's first request: others go to it too */
    bool inner;                   /* it is for a batch */
    uint64_t *tokens;             /* counts values, so that each is unlike the others */
    const unsigned *type_weights; /* in the order of model_types */
    const unsigned *op_factors;   /* by tag: how much likelier an operation is than usual */
    bool narrow;                  /* most requests are about the oldest object of their type */
};

/** A random request of this session: maker->made. */
void maker_make(struct maker *maker);

/** A lease, mostly short, now and then none that could be. */
int64_t maker_lease(struct maker *maker);
/** Now and then, let a request depend on a grant: one in force, over, or none at all. */
void maker_guard(struct maker *maker, Hf__Request *request);

/** For a request within another: now and then, let it name a party, its own or another. */
void maker_party(struct maker *maker, Hf__Request *request);

/** Now and then, let a request that takes something out expect some kinds only. */
void maker_expect(struct maker *maker, Hf__Request *request);

/** For generators: the request that has been made. */
void maker_emit(struct maker *maker, Hf__Request request);

/** Any value at all, references and nested ones included. */
Hf__Any *maker_any(struct maker *maker);
/** A scalar out of few; now and then something that cannot be a key. */
Hf__Any *maker_key(struct maker *maker);
/** A value that suits the list of the request, and often is in it already. */
Hf__Any *maker_list_value(struct maker *maker);
/** Mostly small ints. */
Hf__Any *maker_number(struct maker *maker);
/** NULL in most cases. */
Hf__Any *maker_bound(struct maker *maker, int64_t about);
/** Around the ends of a short list. */
int64_t maker_index(struct maker *maker);
/** The step of a slice: mostly small, in either direction, now and then 0. */
int64_t maker_step(struct maker *maker);
/** A name out of few for an object of this type; NULL: unnamed. */
char *maker_name(struct maker *maker);
Hf__Mode maker_mode(struct maker *maker);
/** An object that is there, of this type (NULL: any); 0: there is none. */
uint64_t maker_object(struct maker *maker, const struct model_type *type);
/** The fence of any grant, or of none. */
uint64_t maker_fence(struct maker *maker);
/** A cursor that a page ended with; 0: from the start. */
uint64_t maker_cursor(struct maker *maker, const struct model_object *object);
bool maker_chance(struct maker *maker, unsigned percent);
uint64_t maker_roll(struct maker *maker, uint64_t n);

#endif
