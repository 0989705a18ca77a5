/* SPDX-License-Identifier: MIT
 *
 * The address of a manager: "unix:PATH" or "tcp://HOST:PORT", with [HOST] for an IPv6 address.
 * PATH is a file, or "@NAME" (unix_path.h).
 */
#ifndef HF_ADDRESS_H
#define HF_ADDRESS_H

#include "unix_path.h"

#include <holdfast/status.h>

enum { ADDRESS_HOST_MAX_BYTES = 255, ADDRESS_TEXT_MAX_BYTES = ADDRESS_HOST_MAX_BYTES + 32 };

struct address {
    bool tcp;
    char text[ADDRESS_TEXT_MAX_BYTES + 1]; /* as others can use it: a path is absolute */
    char path[UNIX_PATH_MAX_BYTES + 1];
    char host[ADDRESS_HOST_MAX_BYTES + 1];
    char port[6];
    char other[ADDRESS_TEXT_MAX_BYTES + 1]; /* that was looked for as well; "": none */
};

/** The folder with the folders of the system and of its users. */
#define ADDRESS_RUN "/run"

/** Find the default socket: RUNTIME/holdfast.sock, else RUN/holdfast/holdfast.sock, the first that
 * is there. If neither is, the first one. RUNTIME is `runtime` ($XDG_RUNTIME_DIR); without it,
 * RUN/user/UID if that is a folder of this user, but then only if a socket is there. So a login
 * session, which has the variable, and a cron job, which has not, find the same manager.
 *  Returns HF_OK or HF_BAD_ADDRESS: the path is too long. */
HF_MUST_USE hf_status address_default(const char *runtime, const char *run,
                                      struct address *address);

/** Parse `text`; if it is NULL, $HOLDFAST_ADDRESS, or else the default socket.
 *  Returns HF_OK or HF_BAD_ADDRESS, with a detail that says what is wrong. */
HF_MUST_USE hf_status address_parse(const char *text, struct address *address);

#endif
