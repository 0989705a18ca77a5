/* SPDX-License-Identifier: MIT
 *
 * The manager and signals. With the manager all its state would end, so only signals
 * that ask for the end bring it:
 *
 *     SIGTERM, SIGINT                       the orderly end (server.c)
 *     SIGQUIT                               the end at once, with a core dump
 *     SIGABRT, SIGBUS, SIGFPE, SIGILL,      a fault of its own: the same
 *     SIGSEGV, SIGSYS, SIGTRAP
 *     SIGKILL, SIGSTOP, SIGTSTP, SIGCONT    what they always do
 *     every other one                       nothing: SIGHUP, SIGUSR1, SIGPIPE, SIGXCPU ...
 *
 * Nothing is also what SIGCHLD does, so the kernel reaps the children of others that fall to the
 * manager when it is process 1 of a container: it has none of its own.
 */
#ifndef HF_SIGNALS_H
#define HF_SIGNALS_H

/** Ignore what is to do nothing, and hold back the signals that ask for the end, so that nothing is
 * left behind before the server can handle them. Comes first in the program. */
void signals_begin(void);

/** Let those signals through that were held back. */
void signals_release(void);

#endif
