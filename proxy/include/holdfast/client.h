/* SPDX-License-Identifier: MIT
 *
 * A client: where the manager is and how to reach it. It is the only thing of the library that is
 * allocated, and is usable from all threads and, after fork(), from the child as well.
 *
 * A client opens one connection per thread of each process that uses it, when it is first used. To
 * the manager each connection is a session of its own: a lock belongs to the thread that acquired
 * it, a call that waits holds up no other thread, and when the thread or the process ends, in
 * whatever way, all it held is released.
 *
 * A connection that was lost while it was idle is replaced by the thread's next call, without a
 * word if the thread held nothing. If it held anything (a lock, permits of a semaphore, an item on
 * loan, a producer's place, the lead of a barrier, the end of a pipe, a worker's place in a pool),
 * that is gone, and the next call returns HF_DISCONNECTED without having been made; the one after
 * it connects. The library goes by the answers to the thread's own calls: it does not know of a
 * lock that hf_lock_transfer() has brought, and it counts a lock that another thread has released,
 * or a lease that has run out, as held until a call on it says otherwise.
 */
#ifndef HOLDFAST_CLIENT_H
#define HOLDFAST_CLIENT_H

#include <holdfast/status.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_client hf_client;

/** Options of a client. Start from HF_CLIENT_OPTIONS, so that new fields keep their defaults. */
typedef struct hf_client_options {
    const char *label;    /**< how reports call this process's sessions; NULL: $HOLDFAST_LABEL, else
                             the program's name */
    const char *key_file; /**< for tcp://; NULL: $HOLDFAST_KEY_FILE, else no key */
    int64_t
        connect_timeout_ms; /**< to connect and be welcome; also waits for a manager that starts */
    int64_t answer_timeout_ms; /**< how long past a call's own timeout the manager may take to
                                  answer; then the connection is given up with HF_DISCONNECTED */
    int64_t spin_us; /**< how long a call looks for its answer before it sleeps, at most 1,000,000;
                        it gives way to others meanwhile, and stops trying where that is in vain;
                        negative: it sleeps at once */
} hf_client_options;

#define HF_CLIENT_OPTIONS                                                                          \
    { NULL, NULL, 5000, 30000, 50 }

/** Make a client. Does not connect yet.
 *
 *  address  "unix:PATH" or "tcp://HOST:PORT"; NULL: $HOLDFAST_ADDRESS, else the default socket,
 *           $XDG_RUNTIME_DIR/holdfast.sock or /run/holdfast/holdfast.sock
 *  options  NULL: HF_CLIENT_OPTIONS; copied
 *  client   out; release with hf_client_free()
 *
 *  Returns  HF_OK, HF_BAD_ADDRESS, HF_SYSTEM (key file cannot be read), HF_NO_MEMORY
 */
HF_API HF_MUST_USE hf_status hf_client_new(const char *address, const hf_client_options *options,
                                           hf_client **client);

/** Close this process's connections and release the client. NULL is accepted. No other thread may
 * be using the client, and its handles are void afterwards. */
HF_API void hf_client_free(hf_client *client);

/** Ask the manager for a sign of life. Returns HF_OK or a fatal status. */
HF_API HF_MUST_USE hf_status hf_client_ping(hf_client *client);

/** What a manager has to do. */
typedef struct hf_statistics {
    uint64_t sessions;
    uint64_t objects;
    uint64_t waiting_calls;
    uint64_t requests;     /**< since it started */
    uint64_t memory_bytes; /**< what objects take */
    uint64_t uptime_ms;
    uint64_t fence; /**< the newest */
} hf_statistics;

/** Ask the manager for its numbers. */
HF_API HF_MUST_USE hf_status hf_client_statistics(hf_client *client, hf_statistics *statistics);

/** Close the calling thread's connection now, and with it release all that this thread holds. The
 * next call opens a new one. */
HF_API void hf_client_disconnect(hf_client *client);

/** The address in use, "unix:/run/holdfast/holdfast.sock"; valid as long as the client. */
HF_API const char *hf_client_address(const hf_client *client);

/** The label of sessions that the calling thread opens from now on, over the client's own. NULL:
 * back to the client's. At most 255 bytes are kept. Inherited by a forked child; a process started
 * with hf_process_start() begins with its name. */
HF_API void hf_set_label(const char *label);

/** What went wrong in this thread's last call, in words; "" if nothing did. Valid until the
 * thread's next call. */
HF_API const char *hf_last_detail(void);

/** The version of the library, "1.0.0". */
HF_API const char *hf_version(void);

#ifdef __cplusplus
}
#endif
#endif
