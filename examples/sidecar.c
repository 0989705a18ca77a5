/* SPDX-License-Identifier: MIT
 *
 * sidecar: a program that knows nothing but where a manager is. The manager was started by somebody
 * else, beside the application; what is in it outlives this program, so each run counts on.
 *
 *     holdfastd --listen unix:/tmp/hf.sock &
 *     sidecar unix:/tmp/hf.sock
 *     HOLDFAST_ADDRESS=unix:/tmp/hf.sock sidecar
 *
 * Teaches: hf_client_new with an address, named objects, hf_client_options, a status instead of an
 * exit where the manager is not there.
 */
#include <holdfast.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* In the library's words, which name the address. */
static int explain(hf_status status) {
    fprintf(stderr, "%s: %s\n", hf_status_name(status), hf_last_detail());
    return EXIT_FAILURE;
}

static hf_status visit(hf_client *client, int64_t *visits) {
    hf_dict dict;
    hf_status status = hf_dict_open(client, "visits", HF_OPEN_OR_CREATE, &dict);
    if (!hf_ok(status)) {
        return status;
    }
    /* One step: two programs that come at the same time are both counted. */
    hf_any result;
    status = hf_dict_add_any(dict, hf_any_string("sidecar"), hf_any_int(1), NULL, hf_any_int(0),
                             &result);
    if (hf_ok(status)) {
        *visits = result.as_int;
    }
    return status;
}

int main(int argc, char **argv) {
    const char *address = argc > 1 ? argv[1] : NULL; /* NULL: $HOLDFAST_ADDRESS, or the default */
    hf_client_options options = HF_CLIENT_OPTIONS;
    options.label = "visitor"; /* what reports of the manager call us */
    options.connect_timeout_ms = 1000;

    hf_client *client = NULL;
    hf_status status = hf_client_new(address, &options, &client);
    if (!hf_ok(status)) {
        return explain(status);
    }
    int64_t visits = 0;
    status = visit(client, &visits);
    if (!hf_ok(status)) {
        int result = explain(status);
        hf_client_free(client);
        return result;
    }
    printf("visit %" PRId64 "\n", visits);
    hf_client_free(client);
    return EXIT_SUCCESS;
}
