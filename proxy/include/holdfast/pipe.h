/* SPDX-License-Identifier: MIT
 *
 * Pipes: multiprocessing.Pipe, with as many processes at each end as there are. What is sent at one
 * end is received at the other, whole and in order; of several receivers each message has one.
 *
 * A thread holds an end from its first use of it (send, receive, poll, attach) until it closes it
 * or ends, however that comes about. Once the last holder of an end is gone, the other side is
 * told: who receives gets what is left and then HF_CLOSED (Python's EOFError), who sends HF_CLOSED
 * (BrokenPipeError). An end that nobody has held yet is not closed: whoever comes first waits.
 *
 *     hf_pipe_open(client, "results", &(hf_pipe_options){.one_way = true}, &reader, &writer);
 *     status = hf_pipe_send_string(writer, "hello", -1);           // in one process
 *     status = hf_pipe_receive_string(reader, -1, &message);       // in the other
 */
#ifndef HOLDFAST_PIPE_H
#define HOLDFAST_PIPE_H

#include <holdfast/object.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_pipe_options {
    hf_mode mode;
    bool one_way;          /**< end 0 only receives, end 1 only sends */
    uint64_t max_messages; /**< under way in each direction; 0: 1,024 */
} hf_pipe_options;

/** Open the pipe with this name, or create it. Its ends are not held by that.
 *
 *  name     NULL: an unnamed pipe
 *  options  NULL: both ways
 *  end0     out; of a one-way pipe the one that receives
 *  end1     out; of a one-way pipe the one that sends
 *
 *  Returns  HF_OK, HF_WRONG_TYPE (another type or other options), by mode HF_EXISTS or HF_NO_OBJECT
 *  Source   multiprocessing.Pipe(duplex)
 */
HF_API HF_MUST_USE hf_status hf_pipe_open(hf_client *client, const char *name,
                                          const hf_pipe_options *options, hf_pipe_end *end0,
                                          hf_pipe_end *end1);

/** Hold the end from now on, so that the other side is told when this thread is gone. Every other
 *  use of an end does the same. Returns HF_OK, also when this thread holds it already. */
HF_API HF_MUST_USE hf_status hf_pipe_attach(hf_pipe_end end);

/** Send a message towards the other end, waiting while as many are under way as may be.
 *
 *  Returns  HF_OK; HF_TIMEOUT (nothing sent); HF_CLOSED (the other end is closed; nothing sent);
 *           HF_INVALID (end 0 of a one-way pipe)
 *  Order    first come, first served; O(1) in the manager
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
 *  message  out; strings and bytes: free() them; hf_any: hf_any_clear()
 *
 *  Returns  HF_OK; HF_TIMEOUT (nothing taken); HF_CLOSED (nothing is left and the other end is
 *           closed); HF_INVALID (end 1 of a one-way pipe); HF_TYPE_ERROR (the message is of another
 *           kind: it has been taken and is lost, so use hf_pipe_receive_any where kinds vary)
 *  Order    first come, first served; O(1) in the manager
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

/** Receive bytes, or a string without its NUL, into memory of the caller's.
 *
 *  size     of the buffer; a longer message is not cut, but refused and stays where it is
 *  len      out; how long the message is
 *
 *  Returns  as above; HF_TOO_BIG (nothing taken; hf_last_detail() says how long it is)
 *  Source   Connection.recv_bytes_into, recv_bytes(maxlength)
 */
HF_API HF_MUST_USE hf_status hf_pipe_receive_into(hf_pipe_end end, void *buffer, size_t size,
                                                  int64_t timeout_ms, size_t *len);

/** Wait until there is a message to receive, and leave it there.
 *
 *  Returns  HF_OK (there is one); HF_TIMEOUT; HF_CLOSED (there never will be); HF_INVALID
 *  Source   Connection.poll(timeout)
 */
HF_API HF_MUST_USE hf_status hf_pipe_poll(hf_pipe_end end, int64_t timeout_ms);

/** This thread lets go of the end; the other side is told if it was the last holder. Calls of this
 *  thread that wait there (in a pipeline) are answered HF_CLOSED in their turn.
 *
 *  Returns  HF_OK, HF_NOT_HELD (this thread does not hold it)
 *  Source   Connection.close
 */
HF_API HF_MUST_USE hf_status hf_pipe_close(hf_pipe_end end);

HF_API hf_any hf_pipe_ref(hf_pipe_end end);
HF_API HF_MUST_USE hf_status hf_pipe_from_ref(hf_client *client, hf_any ref, hf_pipe_end *end0,
                                              hf_pipe_end *end1);

#ifdef __cplusplus
}
#endif
#endif
