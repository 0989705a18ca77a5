/* SPDX-License-Identifier: MIT
 *
 * sidecar: a program that only knows the address of a manager. Somebody else has started the
 * manager, beside the application. Its objects outlive this program, so each run counts on.
 *
 *     holdfastd --listen unix:/tmp/hf.sock &
 *     sidecar unix:/tmp/hf.sock
 *     HOLDFAST_ADDRESS=unix:/tmp/hf.sock sidecar
 *
 * Teaches: hf_client_new with an address, named objects, hf_client_options, a status instead of an
 * exit if no manager answers.
 */
#include <holdfast.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Print the library's words, which name the address. */
static int print_failure(hf_status status) {
    fprintf(stderr, "%s: %s\n", hf_status_name(status), hf_last_detail());
    return EXIT_FAILURE;
}

static hf_status visit(hf_client *client, int64_t *visits) {
    hf_dict dict;
    hf_status status = hf_dict_open(client, "visits", HF_OPEN_OR_CREATE, &dict);
    if (!hf_ok(status)) {
        return status;
    }
    /* This is one step, so two programs that come at the same time are both counted. */
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
    options.label = "visitor"; /* the name of this program in the manager's reports */
    options.connect_timeout_ms = 5000;

    hf_client *client = NULL;
    hf_status status = hf_client_new(address, &options, &client);
    if (!hf_ok(status)) {
        return print_failure(status);
    }
    int64_t visits = 0;
    status = visit(client, &visits);
    if (!hf_ok(status)) {
        int result = print_failure(status);
        hf_client_free(client);
        return result;
    }
    printf("visit %" PRId64 "\n", visits);
    hf_client_free(client);
    return EXIT_SUCCESS;
}
