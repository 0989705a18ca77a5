/* SPDX-License-Identifier: MIT
 *
 * Messages in words, for reports: any protobuf message, from its descriptor.
 */
#ifndef HF_SIM_WORDS_H
#define HF_SIM_WORDS_H

#include <protobuf-c/protobuf-c.h>

enum { WORDS_BYTES = 600 };

/** As much of it as there is room for. Returns `text`. */
const char *words_of(const ProtobufCMessage *message, char text[WORDS_BYTES]);

#endif
