/* SPDX-License-Identifier: MIT
 *
 * See outbox.h. A record is a field of SubmitterSubmit: its key, its length, a Submission. To the
 * encoder all records of a request are one unknown field, of which it writes the key.
 */
#include "outbox.h"

#include <assert.h>
#include <string.h>

enum {
    RECORD_TAG = 1, /* of SubmitterSubmit.tasks */
    RECORD_KEY_BYTES = 1,
    REQUEST_BYTES = 256 * 1024 /* when a request is full */
};

void outbox_init(struct outbox *box) {
    *box = (struct outbox){.count = 0};
    link_init(&box->tasks);
}

bool outbox_empty(const struct outbox *box) {
    return link_alone(&box->tasks);
}

static struct task *task_of(const struct outbox *box, struct link *link) {
    return link == &box->tasks ? NULL : LINK_OWNER(link, struct task, in_outbox);
}

struct task *outbox_first(const struct outbox *box) {
    return task_of(box, box->tasks.next);
}

struct task *outbox_next(const struct outbox *box, const struct task *task) {
    return task_of(box, task->in_outbox.next);
}

bool outbox_append(struct outbox *box, struct task *task, const uint8_t *record) {
    assert(task->state == TASK_NEW && task->record_len > 0);
    uint8_t *place = buffer_reserve(&box->records, task->record_len);
    if (!place) {
        return false;
    }
    memcpy(place, record, task->record_len);
    box->records.end += task->record_len;
    link_append(&box->tasks, &task->in_outbox);
    box->count++;
    job_hold(task->job, 1);
    return true;
}

static void remove_first(struct outbox *box, struct task *task) {
    assert(task == outbox_first(box) && box->count > 0);
    assert(task->record_len <= buffer_len(&box->records));
    link_remove(&task->in_outbox);
    box->count--;
    box->records.start += task->record_len;
    job_drop(task->job);
}

void outbox_pack(struct outbox *box, size_t task_max, struct submit_request *request) {
    struct task *task = outbox_first(box);
    while (task && task->state != TASK_HERE) {
        assert(task->state != TASK_SENT);
        remove_first(box, task);
        task = outbox_first(box);
    }
    size_t bytes = 0;
    size_t count = 0;
    while (task && task->state == TASK_HERE && count < task_max && bytes < REQUEST_BYTES) {
        job_move_task(task, TASK_SENT);
        count++;
        bytes += task->record_len;
        task = outbox_next(box, task);
    }
    *request = (struct submit_request){.task_count = count};
    if (count > 0) {
        assert(bytes > RECORD_KEY_BYTES && bytes <= buffer_len(&box->records));
        request->records = (ProtobufCMessageUnknownField){
            .tag = RECORD_TAG,
            .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
            .len = bytes - RECORD_KEY_BYTES,
            .data = box->records.bytes + box->records.start + RECORD_KEY_BYTES,
        };
    }
}

void outbox_unpack(struct outbox *box, const struct submit_request *request, uint64_t taken) {
    struct task *task = outbox_first(box);
    for (size_t i = 0; i < request->task_count; i++) {
        struct task *next = outbox_next(box, task);
        if (i < taken) {
            remove_first(box, task);
        } else if (task->state == TASK_SENT) {
            job_move_task(task, TASK_HERE);
        }
        task = next;
    }
    if (outbox_empty(box)) {
        buffer_clear(&box->records);
    }
}

void outbox_clear(struct outbox *box) {
    for (struct task *task = NULL; (task = outbox_first(box));) {
        remove_first(box, task);
    }
    buffer_clear(&box->records);
}

void outbox_fini(struct outbox *box) {
    assert(outbox_empty(box) && box->count == 0);
    buffer_fini(&box->records);
}
