/* SPDX-License-Identifier: MIT
 *
 * Pipes: multiprocessing.Pipe, with any number of processes at each end. A message sent at one end
 * is received at the other, whole and in order; if an end has several receivers, each message goes
 * to one of them.
 *
 * A thread holds an end from its first use of it (send, receive, poll, attach) until it closes it
 * or ends, in whatever way. Once the last holder of an end is gone, that end counts as closed: a
 * receiver at the other end gets what is left and then HF_CLOSED (Python's EOFError), a sender
 * HF_CLOSED (BrokenPipeError). An end does not count as closed before its first holder: an early
 * peer waits.
 *
 *     hf_pipe_options options = HF_PIPE_OPTIONS;
 *     options.one_way = true;
 *     status = hf_pipe_open(client, "results", &options, &reader, &writer);
 *     status = hf_pipe_send_string(writer, "hello", -1);           // in one process
 *     status = hf_pipe_receive_string(reader, -1, &message);       // in the other
 */
#ifndef HOLDFAST_PIPE_H
#define HOLDFAST_PIPE_H

#include <holdfast/object.h>

HF_BEGIN_DECLS

typedef struct hf_pipe_options {
    hf_mode mode;
    bool one_way;          /**< end 0 only receives, end 1 only sends */
    uint64_t max_messages; /**< unreceived in each direction; 0: 1,024 */
    uint64_t reserved[8];  /**< zeros */
} hf_pipe_options;

#define HF_PIPE_OPTIONS HF_ZEROS

/** Open the pipe with this name, or create it. The caller does not hold its ends by that.
 *
 *  options  borrowed; NULL: both ways, 1,024 messages
 *  end0     out; of a one-way pipe the end that receives
 *  end1     out; of a one-way pipe the end that sends
 *  Returns  HF_OK; HF_WRONG_TYPE (another type, or a pipe with other options); HF_EXISTS or
 *           HF_NO_OBJECT (by mode)
 *  Source   multiprocessing.Pipe(duplex)
 */
HF_API HF_MUST_USE hf_status hf_pipe_open(hf_client *client, const char *name,
                                          const hf_pipe_options *options, hf_pipe_end *end0,
                                          hf_pipe_end *end1);

/** Hold the end from now on, so that it counts as closed when this thread is gone. Any other use of
 *  the end does the same.
 *
 *  Returns  HF_OK, also if this thread holds it already
 */
HF_API HF_MUST_USE hf_status hf_pipe_attach(hf_pipe_end end);

/** Send a message towards the other end, waiting while `max_messages` are unreceived.
 *
 *  message  copied
 *  Returns  HF_OK; HF_TIMEOUT (nothing sent); HF_CLOSED (the other end is closed, or a call of this
 *           thread closed this one meanwhile; nothing sent); HF_INVALID (end 0 of a one-way pipe);
 *           HF_DELETED
 *  Order    first come, first served
 *  Source   Connection.send, send_bytes
 */
HF_API HF_MUST_USE hf_status hf_pipe_send_int(hf_pipe_end end, int64_t message, int64_t timeout_ms);
HF_API HF_MUST_USE hf_status hf_pipe_send_string(hf_pipe_end end, const char *message,
                                                 int64_t timeout_ms);
HF_API HF_MUST_USE hf_status hf_pipe_send_bytes(hf_pipe_end end, const void *message, size_t len,
                                                int64_t timeout_ms);
HF_API HF_MUST_USE hf_status hf_pipe_send_any(hf_pipe_end end, hf_any message, int64_t timeout_ms);

/** Take the oldest message that was sent towards this end, waiting until there is one.
 *
 *  message  out; strings and bytes: free(); hf_any: hf_any_clear()
 *  len      out: how many bytes
 *  Returns  HF_OK; HF_TIMEOUT (nothing taken); HF_CLOSED (no message is left and the other end is
 *           closed, or a call of this thread closed this one meanwhile); HF_INVALID (end 1 of a
 *           one-way pipe); HF_TYPE_ERROR (the message is of another kind, or for
 *           hf_pipe_receive_string() has a NUL: it stays the next one, for hf_pipe_receive_any());
 *           HF_DELETED
 *  Order    first come, first served
 *  Source   Connection.recv, recv_bytes
 */
HF_API HF_MUST_USE hf_status hf_pipe_receive_int(hf_pipe_end end, int64_t timeout_ms,
                                                 int64_t *message);
HF_API HF_MUST_USE hf_status hf_pipe_receive_string(hf_pipe_end end, int64_t timeout_ms,
                                                    char **message);
HF_API HF_MUST_USE hf_status hf_pipe_receive_bytes(hf_pipe_end end, int64_t timeout_ms,
                                                   void **message, size_t *len);
HF_API HF_MUST_USE hf_status hf_pipe_receive_any(hf_pipe_end end, int64_t timeout_ms,
                                                 hf_any *message);

/** Receive bytes, or a string without its NUL, into memory of the caller.
 *
 *  buffer   out, `size` bytes
 *  size     in bytes; a longer message is not cut: it is refused and stays in the pipe
 *  len      out: how many bytes the message has
 *  Returns  as hf_pipe_receive_bytes(); HF_TOO_BIG (nothing taken; hf_last_detail() says how long
 *           the message is)
 *  Source   Connection.recv_bytes_into, recv_bytes(maxlength)
 */
HF_API HF_MUST_USE hf_status hf_pipe_receive_into(hf_pipe_end end, void *buffer, size_t size,
                                                  int64_t timeout_ms, size_t *len);

/** Wait until there is a message to receive, and leave it there.
 *
 *  Returns  HF_OK (there is one); HF_TIMEOUT; HF_CLOSED (there will be none); HF_INVALID (end 1 of
 *           a one-way pipe); HF_DELETED
 *  Source   Connection.poll(timeout)
 */
HF_API HF_MUST_USE hf_status hf_pipe_poll(hf_pipe_end end, int64_t timeout_ms);

/** Stop holding the end. If this thread is its last holder, the end counts as closed. Calls of this
 *  thread that wait there (in a pipeline) get HF_CLOSED in their turn.
 *
 *  Returns  HF_OK; HF_NOT_HELD (this thread does not hold it)
 *  Source   Connection.close
 */
HF_API HF_MUST_USE hf_status hf_pipe_close(hf_pipe_end end);

HF_API hf_any hf_pipe_ref(hf_pipe_end end);
HF_API HF_MUST_USE hf_status hf_pipe_from_ref(hf_client *client, hf_any ref, hf_pipe_end *end0,
                                              hf_pipe_end *end1);

HF_END_DECLS
#endif
