/* SPDX-License-Identifier: MIT
 *
 * A plugin that uses the library, for programs that do not.
 */
#include <holdfast.h>

__attribute__((visibility("default"))) hf_status plugin_ping(const char *address);

hf_status plugin_ping(const char *address) {
    hf_client *client = NULL;
    hf_status status = hf_client_new(address, NULL, &client);
    status = status == HF_OK ? hf_client_ping(client) : status;
    hf_client_free(client);
    return status;
}
