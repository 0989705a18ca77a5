/* SPDX-License-Identifier: MIT
 *
 * The proofs of the handshake: HMAC-SHA256 of a role and both nonces under the shared key. With
 * them each side shows that it knows the key, the key is never sent, and neither side can reuse the
 * proof of the other.
 */
#ifndef HF_PROOF_H
#define HF_PROOF_H

#include "wire_limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROOF_OF_MANAGER "holdfast-1 manager"
#define PROOF_OF_CLIENT "holdfast-1 client"

struct proof_span {
    const uint8_t *bytes;
    size_t len;
};

/** Make the proof of `role`. Returns false if the cryptographic library fails. */
bool proof_make(const char *role, struct proof_span key, struct proof_span client_nonce,
                struct proof_span manager_nonce, uint8_t proof[HF_PROOF_BYTES]);

/** Compare in constant time. */
bool proof_equal(const uint8_t proof[HF_PROOF_BYTES], struct proof_span other);

#endif
