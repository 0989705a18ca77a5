/* SPDX-License-Identifier: MIT
 *
 * A private manager as a child of this process: the embedded form, as Python's Manager().
 */
#ifndef HOLDFAST_MANAGER_H
#define HOLDFAST_MANAGER_H

#include <holdfast/client.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_manager hf_manager;

/** Start a manager on a socket of its own, in a folder only this user can enter.
 *
 *  It ends when hf_manager_stop() is called and when the calling process ends, in whatever way,
 *  also by kill -9; its socket and folder are removed. The program it runs is $HOLDFAST_DAEMON,
 * else the holdfastd beside the running program, else the one installed with this library, else the
 * first one in $PATH. It is in a process group of its own, so that a Ctrl-C does not end it under a
 * program that still needs it.
 *  It is a child of the calling process, which should therefore wait for the children it knows, by
 * pid or by number, and not until there are none.
 *
 *  manager  out; release with hf_manager_stop()
 *
 *  Returns  HF_OK once it serves; HF_SYSTEM (it could not be started: see hf_last_detail()),
 *           HF_NO_MEMORY
 */
HF_API HF_MUST_USE hf_status hf_manager_start(hf_manager **manager);

/** Its address, for hf_client_new() in this or any other process of this user. Valid until the
 * stop. */
HF_API const char *hf_manager_address(const hf_manager *manager);

/** Its process id. */
HF_API int64_t hf_manager_pid(const hf_manager *manager);

/** End it, wait for its end and release `manager`. NULL is accepted. In a forked child: only
 * releases. */
HF_API void hf_manager_stop(hf_manager *manager);

#ifdef __cplusplus
}
#endif
#endif
