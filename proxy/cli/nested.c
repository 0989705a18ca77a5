/* SPDX-License-Identifier: MIT
 *
 * See nested.h.
 */
#include "nested.h"

#include "parse.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENTRY_MAX_BYTES = 64 }; /* three numbers */

static const char variable[] = "HOLDFAST_HELD";

struct entry {
    uint64_t object;
    uint64_t fence;
    uint64_t pid;
};

/* Read "OBJECT:FENCE:PROCESS". */
static bool read_entry(const char *text, size_t len, struct entry *entry) {
    char copy[ENTRY_MAX_BYTES + 1] = "";
    uint64_t *const parts[] = {&entry->object, &entry->fence, &entry->pid};
    memcpy(copy, text, len <= ENTRY_MAX_BYTES ? len : 0);
    char *rest = copy;
    for (size_t i = 0; i < 3; i++) {
        const char *part = strsep(&rest, ":");
        if (!part || !parse_unsigned(part, UINT64_MAX, parts[i])) {
            return false;
        }
    }
    return !rest;
}

/* Read the next entry of the variable; what is none is passed over. False after the last one. */
static bool next_entry(const char **at, struct entry *entry) {
    while (**at) {
        const char *text = *at;
        size_t len = strcspn(text, " ");
        *at += len + (text[len] == ' ');
        if (read_entry(text, len, entry)) {
            return true;
        }
    }
    return false;
}

static const char *entries(void) {
    const char *held = getenv(variable);
    return held ? held : "";
}

void nested_export(uint64_t object, uint64_t fence) {
    const char *before = entries();
    size_t size = strlen(before) + 80;
    char *held = shell_alloc(size, 1);
    assert(object > 0 && fence > 0);
    (void)snprintf(held, size, "%s%s%" PRIu64 ":%" PRIu64 ":%ld", before, *before ? " " : "",
                   object, fence, (long)getpid());
    (void)setenv(variable, held, 1);
    free(held);
}

bool nested_mentions(uint64_t object) {
    struct entry entry;
    for (const char *at = entries(); next_entry(&at, &entry);) {
        if (entry.object == object) {
            return true;
        }
    }
    return false;
}

static bool is_around(const Hf__Description *description, const Hf__Holder *holder) {
    struct entry entry;
    for (const char *at = entries(); next_entry(&at, &entry);) {
        if (entry.object == description->id && entry.fence == holder->fence &&
            entry.pid == holder->pid) {
            return true;
        }
    }
    return false;
}

const Hf__Holder *nested_holder(const Hf__Description *description, uint64_t *permits) {
    const Hf__Holder *found = NULL;
    *permits = 0;
    for (size_t i = 0; i < description->n_holders; i++) {
        const Hf__Holder *holder = description->holders[i];
        if (is_around(description, holder)) {
            found = found ? found : holder;
            *permits += holder->depth;
        }
    }
    return found;
}
