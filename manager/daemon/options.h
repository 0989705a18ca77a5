/* SPDX-License-Identifier: MIT
 *
 * The command line of holdfastd. One table in options.c lists the options, their values and their
 * help: a new option is a new row there and a new field here.
 */
#ifndef HF_OPTIONS_H
#define HF_OPTIONS_H

#include "core.h"
#include "peer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The exit status for options or a key that are not valid. */
enum { EXIT_REFUSED = 2 };

enum { OPTIONS_LISTEN_MAX = 16 };

struct options {
    const char *listen[OPTIONS_LISTEN_MAX + 1]; /**< one more, for the private address */
    size_t listen_count;
    const char *key_file; /**< NULL: none */
    bool insecure;
    bool private_place;
    size_t starter; /**< the pid that must have started a private manager; 0: any */
    struct peer_rules allowed;
    struct core_config core; /**< only the limits in it */
    size_t output_max_bytes; /**< unsent: with more a session is not read */
    size_t unsent_max_bytes; /**< with more it is ended */
    size_t requests_per_turn_max;
    int64_t drain_timeout_ms;
    size_t spin_us; /**< how long to poll for requests before sleeping */
    int ready_fd;   /**< -1: none */
    int log_level;
};

enum options_result { OPTIONS_SERVE, OPTIONS_DONE, OPTIONS_REFUSED };

/** Read the command line into `options`; an option that is not given has its default.
 *
 *  Returns  OPTIONS_DONE: --help or --version was answered; OPTIONS_REFUSED: the fault was reported
 */
enum options_result options_parse(struct options *options, int argc, char **argv);

/** Read the key in the file `path`: all of its bytes. Only its owner may write it. A group may read
 * it if the owner is root or the user of the manager, and others may not.
 *
 *  key_len  out
 *
 *  Returns  false if it cannot be read or is not valid: the fault was reported
 */
bool options_read_key(const char *path, uint8_t key[HF_KEY_FILE_MAX_BYTES], size_t *key_len);

#endif
