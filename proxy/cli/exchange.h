/* SPDX-License-Identifier: MIT
 *
 * One request and its reply, through the library: that has the connection, the handshake and the
 * deadline. A call that the library itself refuses has a reply as well, with the status and the
 * detail of the library. Callers release each reply with hf__reply__free_unpacked().
 */
#ifndef HF_EXCHANGE_H
#define HF_EXCHANGE_H

#include "ops.h"
#include "shell.h"

/** Make the client. With --guard, connect and find the lock; otherwise the first call connects. */
hf_status exchange_open(struct shell *shell);
void exchange_close(struct shell *shell);

/** Call an operation on an object; 0: on none. Never NULL. */
Hf__Reply *exchange_call(struct shell *shell, uint64_t object, const struct op *op,
                         ProtobufCMessage *message);

/** Call an operation with `value` (ops_add_value) in one field, or, if `field` is NULL, with no
 * arguments. Never NULL. */
Hf__Reply *exchange_call_with(struct shell *shell, uint64_t object, const struct op *op,
                              const ProtobufCFieldDescriptor *field, const void *value);

/** The id of the object called `name`, or of #ID. With `create`, and without --must-exist, create
 * it if there is none. `type` is the type that it should have, or NULL. A refusal has a hint: the
 * object of this type whose name is most like `name`, or how to create one that `name` alone is
 * not enough for.
 *
 *  Returns  the id; or 0 and the reply that refused it
 */
uint64_t exchange_find(struct shell *shell, const char *type, bool create, const char *name,
                       Hf__Reply **refusal);

/** A reply for a status of the library, with the library's last detail. */
Hf__Reply *exchange_failure(hf_status status);

/** Unless the status is OK, write it to standard error: "holdfast: WHAT: KEY_ERROR: why". With
 * --quiet, only a warning or a fatal status. */
void exchange_complain(const struct shell *shell, const char *what, const Hf__Reply *reply);

/** The end of a command that has no result: complain, print the reply if --json was given, and
 * release it. Returns exchange_exit(). */
enum shell_exit exchange_fail(const struct shell *shell, const char *what, Hf__Reply *reply);

/** The exit status for a reply: SHELL_REFUSED also for the answer "no". */
enum shell_exit exchange_exit(const struct shell *shell, const Hf__Reply *reply);

#endif
