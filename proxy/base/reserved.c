/* SPDX-License-Identifier: MIT
 *
 * See reserved.h.
 */
#include "reserved.h"

#include "detail.h"

hf_status reserved_check_all(const uint64_t *reserved, size_t count) {
    uint64_t any = 0;
    for (size_t i = 0; i < count; i++) {
        any |= reserved[i];
    }
    return any == 0 ? HF_OK
                    : detail_set(HF_INVALID, "an option of a newer version of the library is set, "
                                             "or the options were not begun with zeros");
}
