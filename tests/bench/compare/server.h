/* SPDX-License-Identifier: MIT
 *
 * The servers: started when first needed, each on a socket in a folder of this program's own, and
 * ended with this program, in whatever way it ends.
 */
#ifndef COMPARE_SERVER_H
#define COMPARE_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { SERVER_ARGS_MAX = 16, SERVER_PATH_MAX = 108 };

struct server {
    const char *name;                    /**< of its socket in the folder */
    const char *args[SERVER_ARGS_MAX];   /**< {}: the socket; the first is looked for in $PATH */
    pid_t (*launch)(const char *socket); /**< instead of a program; it listens already */
    bool no_process;                     /**< only a file that clients share */
    pid_t pid;                           /**< 0: it does not run */
    char socket[SERVER_PATH_MAX];
};

/** Make the folder of the sockets. */
void servers_begin(void);
/** End all that run and remove the folder. */
void servers_finish(void);

/** Whether its program is installed. */
bool server_exists(const struct server *server);

/** Start it unless it runs. Returns whether it takes connections; otherwise that is noted. */
bool server_start(struct server *server);
void server_stop(struct server *server);

/** The CPU time that it has used so far; 0 if it has no process. */
int64_t server_cpu_ns(const struct server *server);
/** Resident memory. */
int64_t server_memory_bytes(const struct server *server);

#endif
