/* SPDX-License-Identifier: MIT
 *
 * The command line of holdfastd. One table in options.c is the list of options, what they take and
 * what
 * --help says of them: a new one is a new row there and a new field here.
 */
#ifndef HF_OPTIONS_H
#define HF_OPTIONS_H

#include "core.h"
#include "peer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How the process ends: EXIT_SUCCESS, EXIT_FAILURE, or this: it was told what cannot be. */
enum { EXIT_REFUSED = 2 };

enum { OPTIONS_LISTEN_MAX = 16 };

struct options {
    const char *listen[OPTIONS_LISTEN_MAX + 1]; /**< one more, for the private address */
    size_t listen_count;
    const char *key_file; /**< NULL: none */
    bool insecure;
    bool private_place;
    size_t starter; /**< the pid that a private manager must have been started by; 0: any */
    struct peer_rules allowed;
    struct core_config core; /**< only its limits */
    size_t output_max_bytes; /**< unsent: above this a session is not read */
    size_t unsent_max_bytes; /**< above this it is ended */
    size_t requests_per_turn_max;
    int64_t drain_timeout_ms;
    size_t spin_us; /**< to look for requests before sleeping */
    int ready_fd;   /**< -1: none */
    int log_level;
};

enum options_result { OPTIONS_SERVE, OPTIONS_DONE, OPTIONS_REFUSED };

/** Read the command line into `options`; what is not given gets its default.
 *
 *  Returns  OPTIONS_DONE: --help or --version was answered; OPTIONS_REFUSED: what is wrong was said
 */
enum options_result options_parse(struct options *options, int argc, char **argv);

/** The key in `path`: all bytes of the file, which nobody but its owner may read.
 *
 *  key_len  out
 *
 *  Returns  false when there is no such file or it is not fit: what is wrong was said
 */
bool options_read_key(const char *path, uint8_t key[HF_KEY_FILE_MAX_BYTES], size_t *key_len);

#endif
