/* SPDX-License-Identifier: MIT
 *
 * Every operation of the protocol, each with requests that succeed in a world that has an object of
 * each type; and a way to read that whole world, to see what has changed. An operation that is
 * added here is tested by all tests of rules for every operation.
 */
#ifndef HF_TESTS_SCENARIOS_H
#define HF_TESTS_SCENARIOS_H

#include "world.h"

/* One object of each kind, and something in each. */
struct fixture {
    struct world *world;
    struct peer *ada;
    struct peer *bob;
    uint64_t dict;
    uint64_t cache; /* a dict with a bound, which is full */
    uint64_t list;
    uint64_t numbers;
    uint64_t value;
    uint64_t any; /* a value of the kind ANY */
    uint64_t array;
    uint64_t set;
    uint64_t other; /* a set */
    uint64_t queue;
    uint64_t lock;
    uint64_t pipe;      /* ada holds end 0; a message is under way to each */
    uint64_t mine;      /* a lock that ada holds */
    uint64_t left;      /* a lock whose holder has died */
    uint64_t semaphore; /* ada holds two of its permits, by two grants */
    uint64_t permit;    /* the fence of the second one */
    uint64_t event;
    uint64_t latch;
    uint64_t shared;     /* an rwlock that ada reads */
    uint64_t condition;  /* on `mine` */
    uint64_t barrier;    /* of two; nobody waits */
    uint64_t led;        /* ada is its leader */
    uint64_t watched;    /* a value that nothing else is done with */
    uint64_t watch;      /* of it */
    uint64_t pool;       /* ada works for it; tasks are queued, running, ended and in doubt */
    uint64_t submitter;  /* ada's, to it */
    uint64_t supervisor; /* ada's, of it; its worker 5 is gone, nobody has said how */
    uint64_t running;    /* the task that ada has */
    uint64_t lone;       /* a pool that nobody works for, where a task is queued */
    uint64_t shut;       /* a pool that is closed and empty */
    uint64_t inner;
    uint64_t waits; /* ada's call that waits for `empty` */
    uint64_t empty;
    uint64_t work;        /* a queue with leases */
    uint64_t delivery;    /* ada's, of the first item in it */
    uint64_t fence;       /* of ada's grant of `mine` */
    uint64_t over;        /* of one before, which is over */
    uint64_t guard_fence; /* that of `mine` which requests are guarded by; 0: none */
    uint32_t expect;      /* kinds that requests take for their results; 0: any */
    bool in_batch;        /* the request goes in a batch */
    uint64_t party;       /**< if not 0, requests are of this party */
    uint64_t large;       /* a dict that the batch gets 1 of twice before; 0: none */
    Hf__Request **made;   /* the request is put here, as a copy, and not sent */
};

/** Sends a request of ada's that is answered at once; its id. */
typedef uint64_t scenario_send(const struct fixture *f);

struct scenario {
    const char *name;
    const char *op;
    scenario_send *send;
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

struct fixture scenario_set_up(void);

/** Values that take memory: the key under which the dict has the second, and a reference in it. */
Hf__Any *text(void);
Hf__Any *nested(const struct fixture *f);

/** The replies to everything that reads, packed one behind the other; bytes are to be freed. */
struct reading {
    uint8_t *bytes;
    size_t len;
};

/** Read the whole world. It is of no other use afterwards: the queues have been emptied. */
struct reading scenario_read(const struct fixture *f);

bool scenario_same(const struct reading *a, const struct reading *b);

#endif
