/* SPDX-License-Identifier: MIT
 *
 * The room that each struct of options has to grow (docs/abi.md): refused unless it is zeros.
 */
#ifndef HF_RESERVED_H
#define HF_RESERVED_H

#include <holdfast/status.h>
#include <stddef.h>
#include <stdint.h>

/** Returns HF_OK, or HF_INVALID, with words: an option is set that only a newer version of the
 *  library knows. `options` points to a struct whose last member is `reserved`. */
#define reserved_check(options)                                                                    \
    reserved_check_all((options)->reserved,                                                        \
                       sizeof(options)->reserved / sizeof(options)->reserved[0])

HF_MUST_USE hf_status reserved_check_all(const uint64_t *reserved, size_t count);

#endif
