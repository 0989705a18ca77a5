/* SPDX-License-Identifier: MIT
 *
 * A client: where the manager is and how to reach it. It is allocated, unlike the handles of
 * objects, and may be used by all threads and, after fork(), by the child as well.
 *
 * A client opens one connection per thread of each process that uses it, at the thread's first
 * call. To the manager each connection is a session of its own: a lock belongs to the thread that
 * acquired it, and a call that waits holds up no other thread. When the thread or the process ends,
 * in whatever way, the manager releases all that the session held.
 *
 * If a connection was lost while the thread made no call (or the program has closed its descriptor,
 * as daemons close all that they have), the thread's next call opens a new one, without a word if
 * the thread held nothing. If it held anything (a lock, permits of a semaphore, a leased item, a
 * registration as producer, the lead of a barrier, an end of a pipe, a registration as worker), all
 * of that is released, and the next call returns HF_DISCONNECTED without having been made; the call
 * after it connects again. The manager's replies tell how many such holds the thread has, also if
 * others have released some. If calls were posted after the last reply (see pipeline.h), the next
 * call returns HF_DISCONNECTED as well, because nobody knows whether they were done.
 *
 * If the manager was restarted meanwhile, its objects are new ones. A thread that held nothing goes
 * on with the handles that were opened by name: when one is used, the client opens its object
 * again, as it was opened at first, and so creates it if nobody has yet. The contents of before are
 * gone. Unnamed objects are gone altogether (HF_NO_OBJECT).
 */
#ifndef HOLDFAST_CLIENT_H
#define HOLDFAST_CLIENT_H

#include <holdfast/status.h>
#include <stdbool.h>
#include <stdint.h>

HF_BEGIN_DECLS

typedef struct hf_client hf_client;

/** Options of a client. Start from HF_CLIENT_OPTIONS, so that new fields keep their defaults. */
typedef struct hf_client_options {
    /** Name of this process's sessions in reports; NULL: $HOLDFAST_LABEL, else the program's. */
    const char *label;
    /** For tcp://, a file of 16 to 4,096 bytes; NULL: $HOLDFAST_KEY_FILE, else no key. */
    const char *key_file;
    /** Limit to connect and be accepted; 0: 5,000; negative: no limit. A manager that is not there
     *  yet, or ends just now, is waited for as long: the call returns HF_UNREACHABLE at the end of
     *  this time. Errors that no wait can mend are told at once: a wrong address, an unknown host,
     *  HF_DENIED, HF_VERSION. 1: fail almost at once. */
    int64_t connect_timeout_ms;
    /** How long the manager may be silent past a call's own timeout, and while an answer is coming
     *  or a request is being taken; after that the connection is closed and the call returns
     *  HF_DISCONNECTED; 0: 30,000; negative: no limit. */
    int64_t answer_timeout_ms;
    /** How long a call polls for its answer before it sleeps, at most 1,000,000; it yields the CPU
     *  meanwhile, and polls less if that does not help; 0: 50; negative: it sleeps at once. */
    int64_t spin_us;
    /** Whether objects that were opened by name are opened again, by the same name and with the
     *  same options, when the manager was restarted; see docs/guarantees.md. false: a handle of an
     *  earlier run of the manager is refused with HF_NO_OBJECT. */
    bool reopen;
    /** Whether a thread lets go of what it holds in order, by hf_client_leave(), before it ends:
     *  when its function returns or it calls pthread_exit(); at exit() or the return from main(),
     *  for the thread that calls it; at the return of the function of hf_process_start(); at
     *  hf_client_disconnect(), and at hf_client_free() for the thread that calls it. It waits for
     *  the manager's answer, 5 s at most, if it holds anything. false: each end is a death. */
    bool leave_at_end;
    /** Asked, in the thread that waits and with `interrupted_data`, when a signal handler has run
     *  during a wait of its (also one with SA_RESTART, also in a wait with a limit), and at least
     *  ten times a second as long as it waits. true: the wait ends with HF_CANCELLED as by
     *  hf_interrupt(); false: it goes on, and keeps its place. As long as the manager has not
     *  answered a true, it is asked on; one that comes a second or more after the first ends the
     *  connection, as a second hf_interrupt() does (HF_DISCONNECTED). In a wait for
     *  a condition, answer_timeout_ms must lie between the two. So where that is not wanted,
     *  it says true once for each signal. It may run what it likes, also for long, but makes no
     *  call with this client and does not leave by longjmp(). For bindings to languages whose
     *  signal handlers run later. NULL: only a wait without a limit is ended by a signal, see
     *  holdfast.h. */
    bool (*interrupted)(void *data);
    void *interrupted_data;
    uint64_t reserved[8]; /**< zeros */
} hf_client_options;

#define HF_CLIENT_OPTIONS                                                                          \
    { NULL, NULL, 5000, 30000, 50, true, false, NULL, NULL, HF_ZEROS }

/** Make a client. It does not connect yet.
 *
 *  address  "unix:PATH", where a relative path begins at the working folder of this moment;
 *           "unix:@NAME", a name that is no file, whose manager must be of this user or root;
 *           "tcp://HOST:PORT"; NULL: $HOLDFAST_ADDRESS, else the first of these
 *           sockets that is there: $XDG_RUNTIME_DIR/holdfast.sock (without the variable,
 *           /run/user/UID/holdfast.sock), /run/holdfast/holdfast.sock. If neither is there, the
 *           first one if the variable is set, else the second. The client keeps to its choice;
 *           hf_client_address() tells it
 *  options  copied; NULL: HF_CLIENT_OPTIONS
 *  client   out, not NULL; release with hf_client_free()
 *  Returns  HF_OK; HF_BAD_ADDRESS; HF_SYSTEM (the key file cannot be read, or does not have 16 to
 *           4,096 bytes); HF_NO_MEMORY
 *  Cost     no round trip
 */
HF_API HF_MUST_USE hf_status hf_client_new(const char *address, const hf_client_options *options,
                                           hf_client **client);

/** Close this process's connections and release the client. NULL is accepted.
 *
 *  No other thread may be using the client. Its handles are void afterwards.
 */
HF_API void hf_client_free(hf_client *client);

/** End the waits of all threads with this client: each thread's present wait returns HF_CANCELLED
 *  or, if it does not wait now, its next one. It may be called from a signal handler and from any
 *  thread, while others use the client. So a handler that sets a flag and calls this is not missed:
 *  whichever wait the program is in, or begins before it looks at the flag, comes back.
 *
 *  A wait is a call with a timeout that is not 0, alone, in a pipeline, a batch or a wait for any;
 *  a wait of a pool's functions, as hf_result_get(); and the time in which a call connects. A call
 *  that need not wait, because what it wants is there, is done as always, and leaves the interrupt
 *  to the next wait. So does a call that the manager does in the same moment: it returns HF_OK.
 *  Each thread notices an interrupt once; several before it is noticed are one. A wait has noticed
 *  it if it ends with HF_CANCELLED, or if an interrupt asked for its end and it ends with a fatal
 *  status: the manager did not answer, or the connection was lost. The next wait is not ended by it
 *  again. The first thread of a process takes part from the beginning, also in a forked child;
 *  another thread does from its first call with the client on (hf_client_session() is one).
 *
 *  HF_CANCELLED means what it means after a signal: the call was not done, nothing was taken, and
 *  its place in the line is given up. The connection and all that the thread holds stay. A pipeline
 *  ends each of its calls that still waits. hf_barrier_wait() breaks its barrier, as by a timeout,
 *  and hf_condition_wait() returns when it has its lock again. A thread that is connecting gives it
 *  up. If the manager does not answer (it is stopped), an interrupt that comes a second or more
 *  after an earlier one of the same wait ends the connection, and the call returns HF_DISCONNECTED;
 *  in a wait for a condition, when as long as answer_timeout_ms lies between the two. The look-up
 *  of a host's name is not interrupted.
 *
 *  client  not NULL; not being freed
 *  Cost    O(threads that use the client); at most one send() for each thread that waits. A wait
 *          returns after a round trip.
 */
HF_API void hf_interrupt(hf_client *client);

/** The same for one thread.
 *
 *  tid      as gettid() tells it
 *  Returns  whether a thread of this number takes part: it has made a call with the client and has
 *           not ended
 */
HF_API bool hf_interrupt_thread(hf_client *client, int64_t tid);

/** Ask the manager for a sign of life.
 *
 *  Returns  HF_OK; or a fatal status
 */
HF_API HF_MUST_USE hf_status hf_client_ping(hf_client *client);

/** Let the calling thread's following calls on this client be those of a party of its session.
 *
 *  A party owns what it acquires for itself, and waits for itself: only it releases its lock, and
 *  two parties that wait for each other are told HF_DEADLOCK. So fibers, or tasks of an event
 *  loop, own things each for itself. It is there as long as it holds something, and all of a
 *  session's parties end with the session. Unnamed objects are kept alive by the session. A batch
 *  or a wait for any is its party's that is set at its finish.
 *
 *  A call that waits blocks the thread, and with it all of its parties. So a party that waits for
 *  what another party of the same thread holds waits until its timeout, with -1 for ever: the other
 *  one cannot run to let go of it. This is no HF_DEADLOCK, since the manager cannot know that a
 *  thread runs one party at a time. Fibers therefore try with timeout 0, or let their scheduler
 *  wait for several at once: by a pipeline, or with hf_wait_any_begin() for one party. Threads
 *  never share a connection in this library, and need no parties.
 *
 *  The party is the thread's alone: another thread begins with 0. A child after fork() goes on with
 *  the number, as a party of its own session, and with the guard (hf_guard()): it sets both anew if
 *  it is to have others. hf_guard() is not the party's, but the thread's.
 *
 *  party    a number that the program chooses; 0: the thread itself, as at first
 *  Returns  HF_OK; HF_INVALID (`client` is NULL), HF_NO_MEMORY: the party is as before
 *  Cost     no round trip
 */
HF_API hf_status hf_party(hf_client *client, uint64_t party);

/** The load of a manager. */
typedef struct hf_statistics {
    uint64_t sessions;
    uint64_t objects;
    uint64_t waiting_calls;
    uint64_t requests;     /**< since the manager started */
    uint64_t memory_bytes; /**< used by objects, calls, sessions, frames that come */
    uint64_t uptime_ms;
    uint64_t fence; /**< of the newest grant; with none yet, the number above which they begin */
    uint64_t receiving_bytes; /**< of memory_bytes: requests that have come in part */
    uint64_t reserved[4];     /**< zeros */
} hf_statistics;

/** Ask the manager for its numbers. */
HF_API HF_MUST_USE hf_status hf_client_statistics(hf_client *client, hf_statistics *statistics);

/** The time of a manager, by two clocks that all its clients share, on whatever machines. */
typedef struct hf_times {
    uint64_t wall_ms;      /**< since 1970, by the clock of its machine; may be set, also back */
    uint64_t monotonic_ms; /**< since it started; by a clock that nobody sets, as leases end */
    uint64_t reserved[4];  /**< zeros */
} hf_times;

/** Ask the manager for the time. */
HF_API HF_MUST_USE hf_status hf_client_clock(hf_client *client, hf_times *times);

/** Let go in order of all that the calling thread holds, with all its parties. Locks, rwlocks and
 *  permits whose object was opened with `keep_on_leave` stay held, as nobody's: any thread may
 *  release them, and the next holder of a lock is told of no death. A lease runs on: at its end the
 *  next holder gets HF_OWNER_DIED with HF_LOST_LEASE. A guard with the fence of such a grant is
 *  valid until it is released. Everything else that the thread holds ends as at its death: the next
 *  holder of another lock gets HF_OWNER_DIED with HF_LOST_LEFT. The thread goes on, and may acquire
 *  again. In a group of asynchronous calls it lets go of what the hf_async holds, of 1,024 holds at
 *  most.
 *
 *  Returns  HF_OK, also if it holds nothing; HF_INVALID (while this thread collects calls); a fatal
 *           status
 *  Cost     one round trip for each 1,024 holds
 */
HF_API HF_MUST_USE hf_status hf_client_leave(hf_client *client);

/** Let go of what one party of the calling thread's session holds (hf_party()), in order as by
 *  hf_client_leave().
 *
 *  party    0: the thread itself
 *  died     let all of it end as at a death, also what would be kept
 *  Returns  as hf_client_leave()
 *  Cost     O(holds of the thread) in the manager
 */
HF_API HF_MUST_USE hf_status hf_party_leave(hf_client *client, uint64_t party, bool died);

/** Close the calling thread's connection now. The manager releases all that this thread holds. The
 *  thread's next call opens a new connection. */
HF_API void hf_client_disconnect(hf_client *client);

/** Tell which session of the manager the calling thread has with this client: the number by which
 *  reports name it (hf_worker, holders, deadlocks, deaths). It lasts until the connection ends.
 *
 *  session  out
 *  Returns  HF_OK; HF_INVALID (while this thread collects calls); HF_CANCELLED (hf_interrupt(), if
 *           it has to connect); a fatal status
 *  Cost     one round trip; none if the thread is connected
 */
HF_API HF_MUST_USE hf_status hf_client_session(hf_client *client, uint64_t *session);

/** The address in use, as "unix:/run/holdfast/holdfast.sock". A path is absolute, so that other
 *  processes can use the address, whatever their working folder. It belongs to the client and is
 *  valid as long as it. */
HF_API const char *hf_client_address(const hf_client *client);

/** Set the label of sessions that the calling thread opens from now on, in place of the client's.
 *
 *  A forked child inherits it. A process started with hf_process_start() begins with its name as
 *  label.
 *
 *  label    copied; at most 255 bytes are kept; NULL: back to the client's
 */
HF_API void hf_set_label(const char *label);

/** Tell in words what went wrong in this thread's last call; "" if nothing did. It is valid until
 *  the thread's next call. */
HF_API const char *hf_last_detail(void);

/** Write a line to standard error about a call of this thread: "what: words (STATUS_NAME)". The
 *  words are those of hf_last_detail(), so no other call may have been made since; without any, and
 *  for HF_OK and HF_OWNER_DIED, they are hf_status_text().
 *
 *     status = hf_dict_set_int(dict, "n", 1);
 *     if (!hf_ok(status))
 *         hf_perror("n", status);
 *
 *  what     NULL or "": only the words
 *  status   of that call
 *  Source   perror(); that errno is not changed is as there
 */
HF_API void hf_perror(const char *what, hf_status status);

/** The version of the library, as "1.0.0". Static memory. */
HF_API const char *hf_version(void);

HF_END_DECLS
#endif
