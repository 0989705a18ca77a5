/* SPDX-License-Identifier: MIT
 *
 * Included before everything else, this makes the C library look like glibc 2.31: its version
 * number, and without names that came later. tests/builds.sh looks at the linked files as well.
 */
#ifndef HF_TESTS_GLIBC_2_31_H
#define HF_TESTS_GLIBC_2_31_H

#include <features.h>
#undef __GLIBC_MINOR__
#define __GLIBC_MINOR__ 31

#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#undef WAIT_ANY /* a name of the library's, where <sys/wait.h> is not included */
#undef SYS_close_range
#undef SYS_pidfd_getfd
#undef SO_PEERPIDFD
#pragma GCC poison P_PIDFD pidfd_open pidfd_send_signal pidfd_getfd close_range closefrom _Fork
#pragma GCC poison posix_spawn_file_actions_addclosefrom_np sigdescr_np sigabbrev_np epoll_pwait2
#pragma GCC poison strerrorname_np strerrordesc_np arc4random

#endif
