/* SPDX-License-Identifier: MIT
 *
 * A private manager as a child of this process: the embedded form, as Python's Manager().
 */
#ifndef HOLDFAST_MANAGER_H
#define HOLDFAST_MANAGER_H

#include <holdfast/client.h>

HF_BEGIN_DECLS

typedef struct hf_manager hf_manager;

/** Start a manager on a socket of its own, which only this user (and root) can use.
 *
 *  The socket has a random name that is no file ("unix:@holdfast-..."). So it needs no folder, and
 *  nothing is left of it, even of a manager that was killed. It can be reached from the network
 *  namespace of the manager only: a process in another container needs a manager that listens on a
 *  path or on TCP.
 *
 *  It ends when hf_manager_stop() is called and when the calling process ends, in whatever way,
 *  also by kill -9. The program is $HOLDFAST_DAEMON, else
 *  the holdfastd beside the running program, else the one installed with this library, else the
 *  first one in $PATH. It has a process group of its own, so that Ctrl-C does not end it while the
 *  program still needs it.
 *
 *  It is a child of the calling process. So that process should wait for each of its children by
 *  pid, or for their number, and not until there are none.
 *
 *  A thread that is cancelled while it waits here ends the manager again.
 *
 *  manager  out, not NULL; release with hf_manager_stop()
 *  Returns  HF_OK (it accepts connections); HF_SYSTEM (it could not be started: hf_last_detail()
 *           says why); HF_NO_MEMORY
 */
HF_API HF_MUST_USE hf_status hf_manager_start(hf_manager **manager);

/** Its address, for hf_client_new() in this or any other process of this user. It belongs to
 *  `manager` and is valid until the stop. */
HF_API const char *hf_manager_address(const hf_manager *manager);

/** Its process id. */
HF_API int64_t hf_manager_pid(const hf_manager *manager);

/** End it, wait for its end and release `manager`. NULL is accepted. A forked child only releases
 *  its copy; the manager goes on. */
HF_API void hf_manager_stop(hf_manager *manager);

HF_END_DECLS
#endif
