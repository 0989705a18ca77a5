/* SPDX-License-Identifier: MIT
 *
 * See real.h.
 */
#include "real.h"

hf_manager *manager;
hf_client *client;

int start_manager(void **state) {
    (void)state;
    if (hf_manager_start(&manager) != HF_OK ||
        hf_client_new(hf_manager_address(manager), NULL, &client) != HF_OK) {
        (void)fprintf(stderr, "%s\n", hf_last_detail());
        return -1;
    }
    return 0;
}

int stop_manager(void **state) {
    (void)state;
    hf_client_free(client);
    hf_manager_stop(manager);
    return 0;
}

void assert_status(hf_status status, hf_status expected, const char *call) {
    if (status != expected) {
        fail_msg("%s: %s instead of %s (%s)", call, hf_status_name(status),
                 hf_status_name(expected), hf_last_detail());
    }
}

void assert_any(hf_any any, hf_any expected) {
    assert_true(hf_any_equal(any, expected));
    hf_any_clear(&any);
}

hf_lock open_lock(const char *name, const hf_lock_options *options) {
    hf_lock lock = {NULL, 0};
    assert_ok(hf_lock_open(client, name, options, &lock));
    return lock;
}

hf_dict new_dict(void) {
    hf_dict dict = {NULL, 0};
    assert_ok(hf_dict_open(client, NULL, HF_OPEN_OR_CREATE, &dict));
    return dict;
}

hf_list new_list(size_t len) {
    hf_list list = {NULL, 0};
    assert_ok(hf_list_open(client, NULL, HF_OPEN_OR_CREATE, &list));
    for (size_t i = 0; i < len; i++) {
        assert_ok(hf_list_append_int(list, (int64_t)i));
    }
    return list;
}
