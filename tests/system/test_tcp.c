/* SPDX-License-Identifier: MIT
 *
 * TCP: a client without the key is refused, unless the manager was started with --insecure.
 */
#include "fixture.h"
#include "proof.h"
#include "wire.h"
#include "wire_limits.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static const char right_key[] = "0123456789abcdef0123456789abcdef";
static const char wrong_key[] = "0123456789abcdef0123456789abcdeX";

struct key_file {
    char folder[64];
    char path[80];
};

static struct key_file key_file_make(const void *bytes, size_t len, mode_t mode) {
    struct key_file file;
    folder_make(file.folder);
    (void)snprintf(file.path, sizeof file.path, "%s/key", file.folder);
    int fd = open(file.path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
    return file;
}

static void key_file_remove(const struct key_file *file) {
    assert_int_equal(unlink(file->path), 0);
    folder_remove(file->folder);
}

/* A daemon whose first listener is a TCP one with the right key. */
static const struct daemon *start_with_key(void **state) {
    struct key_file file = key_file_make(right_key, strlen(right_key), 0600);
    const struct daemon *daemon =
        daemon_replace(state, (const char *const[]){"--key-file", file.path, "--listen",
                                                    "tcp://127.0.0.1:0", NULL});
    key_file_remove(&file);
    return daemon;
}

static const struct daemon *start_insecure(void **state) {
    return daemon_replace(
        state, (const char *const[]){"--insecure", "--listen", "tcp://127.0.0.1:0", NULL});
}

static struct proof_span span(const void *bytes, size_t len) {
    return (struct proof_span){bytes, len};
}

/* Answer the challenge with this key; *manager_knows: whether the manager's own proof holds. */
static hf_status prove(struct wire *wire, const char *key, bool *manager_knows) {
    uint8_t nonce[HF_NONCE_BYTES] = {1, 2, 3};
    Hf__Hello hello = HF__HELLO__INIT;
    hello.version = HF_PROTOCOL_VERSION;
    hello.has_nonce = true;
    hello.nonce = (ProtobufCBinaryData){sizeof nonce, nonce};
    Hf__Reply *reply = wire_call(wire, HF__REQUEST__OP_HELLO, &hello, 0, 0);
    assert_non_null(reply);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_CHALLENGE);
    const Hf__Challenge *challenge = reply->challenge;

    uint8_t expected[HF_PROOF_BYTES], proof[HF_PROOF_BYTES];
    struct proof_span theirs = span(challenge->nonce.data, challenge->nonce.len);
    struct proof_span ours = span(nonce, sizeof nonce);
    assert_true(proof_make(PROOF_OF_MANAGER, span(key, strlen(key)), ours, theirs, expected));
    assert_true(proof_make(PROOF_OF_CLIENT, span(key, strlen(key)), ours, theirs, proof));
    *manager_knows = proof_equal(expected, span(challenge->proof.data, challenge->proof.len));
    hf__reply__free_unpacked(reply, NULL);

    Hf__Prove answer = HF__PROVE__INIT;
    answer.proof = (ProtobufCBinaryData){sizeof proof, proof};
    return wire_call_status(wire, HF__REQUEST__OP_PROVE, &answer, 0, 0);
}

static void the_right_key_opens(void **state) {
    struct wire wire = wire_connect(start_with_key(state)->address);
    bool manager_knows = false;

    assert_int_equal(prove(&wire, right_key, &manager_knows), HF_OK);

    assert_true(manager_knows);
    assert_int_equal(wire_ping(&wire), HF_OK);
}

static void a_wrong_key_is_denied(void **state) {
    struct wire wire = wire_connect(start_with_key(state)->address);
    bool manager_knows = true;

    assert_int_equal(prove(&wire, wrong_key, &manager_knows), HF_DENIED);

    assert_false(manager_knows);
    assert_true(wire_ends(&wire));
}

static void without_a_proof_nothing_is_served(void **state) {
    struct wire wire = wire_connect(start_with_key(state)->address);
    Hf__Hello hello = HF__HELLO__INIT;
    hello.version = HF_PROTOCOL_VERSION;

    assert_int_equal(wire_call_status(&wire, HF__REQUEST__OP_HELLO, &hello, 0, 0), HF_DENIED);

    assert_true(wire_ends(&wire));
}

/* Each of them could be served if it knew the key. */
static void a_crowd_without_the_key_keeps_nobody_out(void **state) {
    enum { CROWD = 600 };
    struct key_file file = key_file_make(right_key, strlen(right_key), 0600);
    const struct daemon *daemon =
        daemon_replace(state, (const char *const[]){"--key-file", file.path, "--max-sessions", "2",
                                                    "--listen", "tcp://127.0.0.1:0", NULL});
    key_file_remove(&file);
    struct wire crowd[CROWD];
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = wire_connect(daemon->address);
    }
    struct wire wire = wire_connect(daemon->address);
    bool manager_knows = false;

    assert_int_equal(prove(&wire, right_key, &manager_knows), HF_OK);

    assert_int_equal(wire_ping(&wire), HF_OK);
    assert_int_equal(wire_last_status(&crowd[0]), HF_OVERRUN);
    assert_true(wire_ends(&crowd[0]));
}

static void insecure_lets_everybody_in(void **state) {
    const struct daemon *daemon = start_insecure(state);

    struct wire wire = wire_open(daemon->address, "anybody");

    assert_int_equal(wire_ping(&wire), HF_OK);
}

static void unfit_key_files_are_refused_in_one_line(void **state) {
    (void)state;
    static const char long_key[HF_KEY_FILE_MAX_BYTES + 1];
    static struct daemon_run run;
    const struct {
        size_t len;
        mode_t mode;
        const char *said;
    } rows[] = {
        {0, 0600, "16 to 4096 bytes"},
        {HF_KEY_FILE_MIN_BYTES - 1, 0600, "16 to 4096 bytes"},
        {HF_KEY_FILE_MAX_BYTES + 1, 0600, "16 to 4096 bytes"},
        {32, 0604, "open to others"},
        {32, 0602, "open to others"},
        {32, 0660, "open to others"},
        {32, 0620, "open to others"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct key_file file = key_file_make(long_key, rows[i].len, rows[i].mode);

        daemon_run(&run, (const char *const[]){"--listen", "tcp://127.0.0.1:0", "--key-file",
                                               file.path, NULL});

        assert_int_equal(run.status, 2);
        assert_non_null(strstr(run.err, rows[i].said));
        assert_ptr_equal(strchr(run.err, '\n'), run.err + strlen(run.err) - 1);
        key_file_remove(&file);
    }
}

/* As where secrets are mounted for a service. */
static void a_group_may_read_the_key(void **state) {
    static const mode_t modes[] = {0440, 0640, 0400};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct key_file file = key_file_make(right_key, strlen(right_key), modes[i]);
        const struct daemon *daemon =
            daemon_replace(state, (const char *const[]){"--key-file", file.path, "--listen",
                                                        "tcp://127.0.0.1:0", NULL});
        struct wire wire = wire_connect(daemon->address);
        bool manager_knows = false;

        assert_int_equal(prove(&wire, right_key, &manager_knows), HF_OK);

        wire_close(&wire);
        key_file_remove(&file);
    }
}

static void a_group_of_somebody_else_may_not_read_the_key(void **state) {
    (void)state;
    static struct daemon_run run;
    if (geteuid() != 0) {
        skip();
    }
    struct key_file file = key_file_make(right_key, strlen(right_key), 0640);
    assert_int_equal(chown(file.path, 4001, 4001), 0);

    daemon_run(&run, (const char *const[]){"--listen", "tcp://127.0.0.1:0", "--key-file", file.path,
                                           NULL});

    assert_int_equal(run.status, 2);
    assert_non_null(strstr(run.err, "belongs neither to root"));
    key_file_remove(&file);
}

/* The daemon gets another /etc/hosts. */
static void put_hosts_in_place(void *context) {
    const char *hosts = context;
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount(hosts, "/etc/hosts", NULL, MS_BIND, NULL) != 0) {
        _exit(126);
    }
}

static bool may_put_hosts_in_place(char *hosts) {
    pid_t pid = fork();
    if (pid == 0) {
        put_hosts_in_place(hosts);
        _exit(0);
    }
    return process_wait(pid) == 0;
}

/* 192.0.2.1 is no address of any host. */
static void a_name_is_served_at_all_its_addresses(void **state) {
    static const char text[] = "127.0.0.1 localhost\n127.0.0.2 localhost\n192.0.2.1 localhost\n"
                               "127.0.0.1 localhost\n::1 localhost\n";
    struct key_file hosts = key_file_make(text, strlen(text), 0644);
    if (!may_put_hosts_in_place(hosts.path)) {
        key_file_remove(&hosts);
        skip();
    }
    const struct daemon *daemon = daemon_replace_prepared(
        state, (const char *const[]){"--insecure", "--listen", "tcp://localhost:0", NULL},
        put_hosts_in_place, hosts.path);
    const char *port = strrchr(daemon->address, ':');
    static const char *const addresses[] = {"127.0.0.1", "127.0.0.2", "[::1]"};
    bool has_ipv6 = access("/proc/net/if_inet6", F_OK) == 0;

    for (size_t i = 0; i < (has_ipv6 ? 3 : 2); i++) {
        char address[64];
        (void)snprintf(address, sizeof address, "tcp://%s%s", addresses[i], port);
        struct wire wire = wire_open(address, "test");
        assert_int_equal(wire_ping(&wire), HF_OK);
    }
    key_file_remove(&hosts);
}

static void a_port_in_use_is_a_failure(void **state) {
    static struct daemon_run run;
    const struct daemon *daemon = start_insecure(state);

    daemon_run(&run, (const char *const[]){"--insecure", "--listen", daemon->address, NULL});

    assert_int_equal(run.status, 1);
    assert_non_null(strstr(run.err, "in use"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_right_key_opens),
        cmocka_unit_test(a_wrong_key_is_denied),
        cmocka_unit_test(without_a_proof_nothing_is_served),
        cmocka_unit_test(a_crowd_without_the_key_keeps_nobody_out),
        cmocka_unit_test(insecure_lets_everybody_in),
        cmocka_unit_test(unfit_key_files_are_refused_in_one_line),
        cmocka_unit_test(a_group_may_read_the_key),
        cmocka_unit_test(a_group_of_somebody_else_may_not_read_the_key),
        cmocka_unit_test(a_name_is_served_at_all_its_addresses),
        cmocka_unit_test(a_port_in_use_is_a_failure),
    };
    return SYSTEM_MAIN(tests);
}
