/* SPDX-License-Identifier: MIT
 *
 * One request, one reply: the shell's way through the library, which has the connection, the
 * deadline and the handshake. A call that got no answer has a reply, too: with the status and the
 * words that the library has for it.
 */
#ifndef HF_EXCHANGE_H
#define HF_EXCHANGE_H

#include "ops.h"
#include "shell.h"

/** Make the client. Does not connect; the guard, if one was asked for, does. */
hf_status exchange_open(struct shell *shell);
void exchange_close(struct shell *shell);

/** Call an operation on an object; 0: on none. Never NULL; release with hf__reply__free_unpacked().
 */
Hf__Reply *exchange_call(struct shell *shell, uint64_t object, const struct op *op,
                         ProtobufCMessage *message);

/** The same for an operation that takes nothing. */
Hf__Reply *exchange_call_plain(struct shell *shell, uint64_t object, const char *type,
                               const char *word);

/** The object called `name`, or #ID. Where there is none and `type` can be opened by name alone, it
 * is created, unless the command line says --must-exist or `type` is NULL.
 *
 *  Returns  the id; or 0, with the reply that refused it
 */
uint64_t exchange_find(struct shell *shell, const char *type, const char *name,
                       Hf__Reply **refusal);

/** A reply for what the library refused by itself, in the words of its detail. */
Hf__Reply *exchange_failure(hf_status status);

/** Say on standard error what a reply refused, or warns of: "holdfast: dict get: KEY_ERROR: ...".
 */
void exchange_complain(const char *what, const Hf__Reply *reply);

/** Say why there is no result, as JSON if so asked for, and release the reply. Returns how the
 * command ends. */
enum shell_exit exchange_fail(const struct shell *shell, const char *what, Hf__Reply *reply);

/** How the command ends with this reply. */
enum shell_exit exchange_exit(const Hf__Reply *reply);

#endif
