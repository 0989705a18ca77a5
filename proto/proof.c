/* SPDX-License-Identifier: MIT
 *
 * See proof.h. HMAC and the constant-time comparison are OpenSSL's.
 */
#include "proof.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

bool proof_make(const char *role, struct proof_span key, struct proof_span client_nonce,
                struct proof_span manager_nonce, uint8_t proof[HF_PROOF_BYTES]) {
    assert(client_nonce.len == HF_NONCE_BYTES && manager_nonce.len == HF_NONCE_BYTES);
    assert(key.len <= HF_KEY_FILE_MAX_BYTES);

    uint8_t message[sizeof PROOF_OF_MANAGER + 2 * HF_NONCE_BYTES];
    size_t role_len = strlen(role);
    assert(role_len < sizeof PROOF_OF_MANAGER);
    memcpy(message, role, role_len);
    memcpy(message + role_len, client_nonce.bytes, client_nonce.len);
    memcpy(message + role_len + client_nonce.len, manager_nonce.bytes, manager_nonce.len);

    unsigned len = 0;
    return HMAC(EVP_sha256(), key.bytes, (int)key.len, message,
                role_len + client_nonce.len + manager_nonce.len, proof, &len) != NULL &&
           len == HF_PROOF_BYTES;
}

bool proof_equal(const uint8_t proof[HF_PROOF_BYTES], struct proof_span other) {
    return other.len == HF_PROOF_BYTES && CRYPTO_memcmp(proof, other.bytes, HF_PROOF_BYTES) == 0;
}
