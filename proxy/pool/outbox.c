/* SPDX-License-Identifier: MIT
 *
 * See outbox.h. A record is a field of SubmitterSubmit: its key, its length, a Submission. A run is
 * an unknown field to the encoder, which writes the key of the run's first record.
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
    task->packed = false;
    link_append(&box->tasks, &task->in_outbox);
    box->count++;
    job_hold(task->job, 1);
    return true;
}

/* The encoder only reads the bytes, so the cast is safe. */
static void add_run(struct submit_request *request, const uint8_t *from, const uint8_t *to) {
    assert(request->run_count < REQUEST_RUNS_MAX && to - from > RECORD_KEY_BYTES);
    request->runs[request->run_count++] = (ProtobufCMessageUnknownField){
        .tag = RECORD_TAG,
        .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
        .len = (size_t)(to - from) - RECORD_KEY_BYTES,
        .data = (uint8_t *)(uintptr_t)from + RECORD_KEY_BYTES,
    };
}

void outbox_pack(struct outbox *box, size_t task_max, struct submit_request *request) {
    const uint8_t *at = box->records.bytes + box->records.start;
    const uint8_t *run = at;
    size_t bytes = 0;
    request->run_count = 0;
    request->task_count = 0;
    for (struct task *task = outbox_first(box);
         task && request->task_count < task_max && bytes < REQUEST_BYTES &&
         request->run_count < REQUEST_RUNS_MAX - 1;
         task = outbox_next(box, task)) {
        const uint8_t *end = at + task->record_len;
        if (task->state == TASK_HERE) {
            job_move_task(task, TASK_SENT);
            assert(!task->packed);
            task->packed = true;
            request->task_count++;
            bytes += task->record_len;
        } else {
            if (at > run) {
                add_run(request, run, at);
            }
            run = end;
        }
        at = end;
    }
    if (at > run) {
        add_run(request, run, at);
    }
}

static void remove_first(struct outbox *box, struct task *task) {
    assert(task == outbox_first(box) && box->count > 0);
    assert(task->record_len <= buffer_len(&box->records));
    link_remove(&task->in_outbox);
    box->count--;
    box->records.start += task->record_len;
    task->packed = false;
    job_drop(task->job);
}

void outbox_unpack(struct outbox *box, size_t taken) {
    struct task *task = outbox_first(box);
    while (task && (task->packed ? taken > 0 : task->state == TASK_ENDED)) {
        taken -= task->packed;
        remove_first(box, task);
        task = outbox_first(box);
    }
    for (; task && task->state != TASK_HERE; task = outbox_next(box, task)) {
        if (task->state == TASK_SENT) {
            job_move_task(task, TASK_HERE);
        }
        task->packed = false;
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
