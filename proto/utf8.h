/* SPDX-License-Identifier: MIT */
#ifndef HF_UTF8_H
#define HF_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Whether these bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates). */
bool utf8_valid(const uint8_t *bytes, size_t len);

#endif
