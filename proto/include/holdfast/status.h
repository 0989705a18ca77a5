/* SPDX-License-Identifier: MIT
 *
 * The result of a call: one list for the protocol, the manager, the library and the shell. The
 * numbers are those of enum Status in holdfast.proto (a test compares the two). "Unchanged" means
 * that a refused call has changed nothing.
 */
#ifndef HOLDFAST_STATUS_H
#define HOLDFAST_STATUS_H

#include <stdbool.h>

/* The declarations of a header have C linkage, also for a program in C++. */
#ifdef __cplusplus
#define HF_BEGIN_DECLS extern "C" {
#define HF_END_DECLS }
#else
#define HF_BEGIN_DECLS
#define HF_END_DECLS
#endif

#if defined(__GNUC__)
#define HF_API __attribute__((visibility("default")))
#define HF_MUST_USE __attribute__((warn_unused_result))
#define HF_EXTENSION __extension__
#else
#define HF_API
#define HF_MUST_USE
#define HF_EXTENSION
#endif

/* A struct of this library whose members are all zero, in C and in C++: hf_grant grant = HF_ZEROS;
 * HF_LITERAL(type){...} is a value of a struct, in both. */
#ifdef __cplusplus
#define HF_ZEROS                                                                                   \
    {}
#define HF_LITERAL(type) type
#else
#define HF_ZEROS                                                                                   \
    { 0 }
#define HF_LITERAL(type) (type)
#endif

HF_BEGIN_DECLS

typedef enum hf_status {
    HF_OK = 0,         /**< done */
    HF_OWNER_DIED = 1, /**< done, and the caller holds it; the last holder died while it held it */

    HF_TIMEOUT = 10,   /**< the call would have to wait longer than it may; unchanged */
    HF_CANCELLED = 11, /**< the call, or the task, was cancelled */
    HF_DELETED = 12,   /**< the object was deleted while the call waited */

    HF_KEY_ERROR = 20,    /**< no such key */
    HF_INDEX_ERROR = 21,  /**< index outside the list; pop from an empty list */
    HF_VALUE_ERROR = 22,  /**< a value that the operation cannot accept, or cannot find */
    HF_TYPE_ERROR = 23,   /**< a value of a kind that the operation cannot work on */
    HF_OUT_OF_RANGE = 24, /**< past a bound or the range of the kind; unchanged */
    HF_MISMATCH = 25,     /**< compare-and-set, check: not the value expected; unchanged */

    HF_NOT_HELD = 30,    /**< this session does not hold what it releases or uses; unchanged */
    HF_DEADLOCK = 31,    /**< the wait would never end; the detail has the cycle; unchanged */
    HF_STALE_FENCE = 32, /**< the grant that guards the call is over; unchanged */
    HF_CLOSED = 33,      /**< the queue, the end of the pipe or the pool is closed */
    HF_BROKEN = 34,      /**< the barrier is broken; the detail says by whom and why */
    HF_WORKER_LOST = 35, /**< the worker died while it ran the task; the detail says how */
    HF_TASK_FAILED = 36, /**< the function of the task failed; the detail has its words */
    HF_TIME_LIMIT = 37,  /**< the task ran longer than it may */

    HF_NO_OBJECT = 40,  /**< no object with this name or id */
    HF_WRONG_TYPE = 41, /**< the object is of another type or has other options */
    HF_EXISTS = 42,     /**< an object has this name already */

    HF_INVALID = 50,     /**< the request breaks the contract; the detail says how */
    HF_UNSUPPORTED = 51, /**< this manager does not know the operation */
    HF_TOO_BIG = 52,     /**< the request, its values or its reply exceed a size limit */
    HF_LIMIT = 53,       /**< a limit on a number of things is reached, perhaps that on sessions */
    HF_NO_MEMORY = 54,   /**< no memory; unchanged, unless this process lacks it for a result */

    HF_DENIED = 80,       /**< wrong key, or none where one is needed; this user may not connect */
    HF_VERSION = 81,      /**< the manager does not speak this protocol version */
    HF_PROTOCOL = 82,     /**< the peer sent bytes that the protocol does not allow */
    HF_DRAINING = 83,     /**< the manager is shutting down */
    HF_OVERRUN = 84,      /**< the session was not welcome in time, or did not read its replies */
    HF_UNREACHABLE = 90,  /**< no manager answers at this address */
    HF_DISCONNECTED = 91, /**< the connection was lost; all that this session held is released */
    HF_BAD_ADDRESS = 92,  /**< not an address */
    HF_SYSTEM = 93        /**< the operating system refused; the detail has its words */
} hf_status;

/** The name of a status as in holdfast.proto, "KEY_ERROR"; "UNKNOWN" for any other number. Static
 *  memory. */
HF_API const char *hf_status_name(hf_status status);

/** A sentence for a status: "no such key". Static memory. */
HF_API const char *hf_status_text(hf_status status);

/** Tell whether the call was done: HF_OK or HF_OWNER_DIED. */
HF_API bool hf_ok(hf_status status);

/** Tell whether this session is over, and all that it held released: a status from 80 on. The
 *  thread's next call opens a new session. */
HF_API bool hf_status_is_fatal(hf_status status);

HF_END_DECLS
#endif
