/* SPDX-License-Identifier: MIT
 *
 * proof: the handshake's HMAC, against values computed elsewhere (Python's hmac).
 */
#include "proof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t key[] = "0123456789abcdef"; /* without its NUL */

static const uint8_t of_manager[HF_PROOF_BYTES] = {
    0x12, 0x86, 0x93, 0x64, 0x97, 0x6c, 0x0f, 0xc8, 0x73, 0x7b, 0x80, 0x15, 0x88, 0x13, 0x25, 0xb5,
    0xcf, 0xdc, 0x94, 0x4c, 0xd6, 0xed, 0xe9, 0xb9, 0x3d, 0x24, 0x9b, 0xe9, 0x8d, 0xcc, 0xbb, 0x8c};
static const uint8_t of_client[HF_PROOF_BYTES] = {
    0xf6, 0x81, 0x2e, 0x8c, 0xc7, 0x46, 0xa0, 0x66, 0xe3, 0x3f, 0x00, 0x7a, 0xc6, 0x8c, 0x31, 0x6a,
    0xaf, 0x26, 0x91, 0xbc, 0x0c, 0xc1, 0x5f, 0x47, 0x54, 0x70, 0x9d, 0x1f, 0x62, 0x1e, 0x52, 0x9a};

static struct proof_span span(const uint8_t *bytes, size_t len) {
    return (struct proof_span){bytes, len};
}

/* The nonces 0, 1, 2 ... and 100, 101, 102 ... */
static void make(const char *role, const uint8_t *with, size_t with_len, uint8_t first_of_client,
                 uint8_t proof[HF_PROOF_BYTES]) {
    uint8_t client[HF_NONCE_BYTES];
    uint8_t manager[HF_NONCE_BYTES];
    for (size_t i = 0; i < HF_NONCE_BYTES; i++) {
        client[i] = (uint8_t)(first_of_client + i);
        manager[i] = (uint8_t)(100 + i);
    }
    assert_true(proof_make(role, span(with, with_len), span(client, sizeof client),
                           span(manager, sizeof manager), proof));
}

static void proofs_are_the_hmac_that_the_protocol_says(void **state) {
    (void)state;
    uint8_t proof[HF_PROOF_BYTES];

    make(PROOF_OF_MANAGER, key, 16, 0, proof);
    assert_memory_equal(proof, of_manager, sizeof proof);
    make(PROOF_OF_CLIENT, key, 16, 0, proof);
    assert_memory_equal(proof, of_client, sizeof proof);
}

static void another_key_role_or_nonce_is_another_proof(void **state) {
    (void)state;
    uint8_t proof[HF_PROOF_BYTES];

    make(PROOF_OF_MANAGER, key, 15, 0, proof);
    assert_false(proof_equal(proof, span(of_manager, sizeof of_manager)));
    make(PROOF_OF_MANAGER, key, 16, 1, proof);
    assert_false(proof_equal(proof, span(of_manager, sizeof of_manager)));
    make(PROOF_OF_CLIENT, key, 16, 0, proof);
    assert_false(proof_equal(proof, span(of_manager, sizeof of_manager)));
}

static void comparing_looks_at_every_byte_and_at_the_length(void **state) {
    (void)state;
    uint8_t other[HF_PROOF_BYTES + 1] = {0};
    memcpy(other, of_client, HF_PROOF_BYTES);

    assert_true(proof_equal(of_client, span(other, HF_PROOF_BYTES)));
    assert_false(proof_equal(of_client, span(other, HF_PROOF_BYTES - 1)));
    assert_false(proof_equal(of_client, span(other, HF_PROOF_BYTES + 1)));
    assert_false(proof_equal(of_client, span(NULL, 0)));
    for (size_t i = 0; i < HF_PROOF_BYTES; i++) {
        other[i] ^= 1;
        assert_false(proof_equal(of_client, span(other, HF_PROOF_BYTES)));
        other[i] ^= 1;
    }
}

static void keys_of_any_length_are_taken(void **state) {
    (void)state;
    static const uint8_t longest[HF_KEY_FILE_MAX_BYTES] = {1};
    uint8_t a[HF_PROOF_BYTES];
    uint8_t b[HF_PROOF_BYTES];

    make(PROOF_OF_CLIENT, longest, sizeof longest, 0, a);
    make(PROOF_OF_CLIENT, longest, sizeof longest - 1, 0, b);
    assert_memory_not_equal(a, b, sizeof a);
    make(PROOF_OF_CLIENT, key, 0, 0, a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proofs_are_the_hmac_that_the_protocol_says),
        cmocka_unit_test(another_key_role_or_nonce_is_another_proof),
        cmocka_unit_test(comparing_looks_at_every_byte_and_at_the_length),
        cmocka_unit_test(keys_of_any_length_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
