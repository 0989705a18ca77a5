/* SPDX-License-Identifier: MIT
 *
 * The socket addresses of a manager's host, without waiting: an address in numbers is read at once,
 * a name is looked up by a thread of its own, which ends with the answer.
 */
#ifndef HF_LOOKUP_H
#define HF_LOOKUP_H

#include <holdfast/status.h>
#include <netdb.h>

struct lookup;

/** Begin. Returns NULL: there is no memory, no descriptor or no thread (the detail says so). */
struct lookup *lookup_begin(const char *host, const char *port);

/** The descriptor that can be read when it is done; -1: it is done already. */
int lookup_fd(const struct lookup *lookup);

/** The addresses. They belong to the lookup.
 *
 *  found    out
 *  Returns  0, or an error as getaddrinfo(); EAI_INPROGRESS: it is not done yet
 */
int lookup_result(const struct lookup *lookup, const struct addrinfo **found);

/** Release it, also while its thread goes on. NULL is accepted. */
void lookup_end(struct lookup *lookup);

/** The same in a forked child, which does not have the thread. */
void lookup_forget(struct lookup *lookup);

#endif
