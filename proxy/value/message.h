/* SPDX-License-Identifier: MIT
 *
 * From the bytes of a message to a Reply.
 */
#ifndef HF_MESSAGE_H
#define HF_MESSAGE_H

#include "conn.h"
#include "decode.h"
#include "holdfast.pb-c.h"
#include "scratch.h"

/** How to decode what came from others into `scratch`. */
struct decoder message_decoder(struct scratch *scratch);

/** Decode a Reply.
 *
 *  Returns  HF_OK with a reply that lasts as long as `scratch`; HF_TOO_BIG: only this reply is
 *           lost, message_id() tells which it was; HF_PROTOCOL: it is no Reply; HF_DISCONNECTED:
 *           there is no memory for it, and without knowing what it granted the connection must end
 */
HF_MUST_USE hf_status message_decode(const struct conn_message *message, struct scratch *scratch,
                                     const Hf__Reply **reply);

/** The id of a reply that cannot be unpacked; 0 if it has none. */
uint64_t message_id(const struct conn_message *message);

#endif
