/* SPDX-License-Identifier: MIT
 *
 * The name and the text of each status, in the order of enum hf_status.
 */
#include <holdfast/status.h>

#include <stddef.h>

struct row {
    hf_status status;
    const char *name;
    const char *text;
};

static const struct row rows[] = {
    {HF_OK, "OK", "done"},
    {HF_OWNER_DIED, "OWNER_DIED", "granted; the holder before died while it held"},
    {HF_TIMEOUT, "TIMEOUT", "timed out; nothing changed"},
    {HF_CANCELLED, "CANCELLED", "the waiting call was cancelled"},
    {HF_DELETED, "DELETED", "the object was deleted while the call waited"},
    {HF_KEY_ERROR, "KEY_ERROR", "no such key"},
    {HF_INDEX_ERROR, "INDEX_ERROR", "index out of range"},
    {HF_VALUE_ERROR, "VALUE_ERROR", "a value that cannot be accepted here"},
    {HF_TYPE_ERROR, "TYPE_ERROR", "a value of the wrong kind"},
    {HF_OUT_OF_RANGE, "OUT_OF_RANGE", "the result would be out of range; nothing changed"},
    {HF_MISMATCH, "MISMATCH", "not what is expected; nothing changed"},
    {HF_NOT_HELD, "NOT_HELD", "not held by this session"},
    {HF_DEADLOCK, "DEADLOCK", "waiting would never end"},
    {HF_STALE_FENCE, "STALE_FENCE", "the grant that guards this request is over; nothing changed"},
    {HF_CLOSED, "CLOSED", "closed"},
    {HF_BROKEN, "BROKEN", "the barrier is broken"},
    {HF_WORKER_LOST, "WORKER_LOST", "the worker died while it ran the task"},
    {HF_TASK_FAILED, "TASK_FAILED", "the task's function failed"},
    {HF_TIME_LIMIT, "TIME_LIMIT", "the task ran longer than it may"},
    {HF_NO_OBJECT, "NO_OBJECT", "no such object"},
    {HF_WRONG_TYPE, "WRONG_TYPE", "the object is of another type or has other options"},
    {HF_EXISTS, "EXISTS", "an object with this name is there already"},
    {HF_INVALID, "INVALID", "not a valid request"},
    {HF_UNSUPPORTED, "UNSUPPORTED", "an operation that this manager does not know"},
    {HF_TOO_BIG, "TOO_BIG", "past a size limit"},
    {HF_LIMIT, "LIMIT", "a limit is reached"},
    {HF_NO_MEMORY, "NO_MEMORY", "out of memory"},
    {HF_DENIED, "DENIED", "wrong key, or a user who may not connect"},
    {HF_VERSION, "VERSION", "the manager does not speak this protocol version"},
    {HF_PROTOCOL, "PROTOCOL", "the peer broke the protocol"},
    {HF_DRAINING, "DRAINING", "the manager is shutting down"},
    {HF_OVERRUN, "OVERRUN", "the session was ended because it was too slow"},
    {HF_UNREACHABLE, "UNREACHABLE", "no manager answers at this address"},
    {HF_DISCONNECTED, "DISCONNECTED", "the connection to the manager was lost"},
    {HF_BAD_ADDRESS, "BAD_ADDRESS", "not an address"},
    {HF_SYSTEM, "SYSTEM", "the operating system refused"},
};

static const struct row *find(hf_status status) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].status == status) {
            return &rows[i];
        }
    }
    return NULL;
}

const char *hf_status_name(hf_status status) {
    const struct row *row = find(status);
    return row ? row->name : "UNKNOWN";
}

const char *hf_status_text(hf_status status) {
    const struct row *row = find(status);
    return row ? row->text : "a status this version does not know";
}

bool hf_ok(hf_status status) {
    return status == HF_OK || status == HF_OWNER_DIED;
}

bool hf_status_is_fatal(hf_status status) {
    return status >= HF_DENIED;
}
