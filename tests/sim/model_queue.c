/* SPDX-License-Identifier: MIT
 *
 * The model of a queue: its items in no order, each with its state.
 */
#include "keep.h"
#include "make.h"
#include "model.h"

#include <string.h>

enum { LANE_PUT, LANE_GET, LANE_JOIN };

struct queue {
    struct model *model;
    Hf__QueueOpen *options;
    uint64_t unfinished;
    uint64_t delays; /* counts items that were delayed, by a put or a return */
    Hf__QueueStatistics totals;
    bool closed;
};

enum where { READY, DELAYED, LEASED, ASIDE };

struct entry {
    enum where where;
    int64_t priority;
    uint64_t id; /* from its arrival; 0: it never was ready */
    int64_t arrived_ms;
    uint64_t bytes;
    uint32_t deliveries;
    uint64_t fence;   /* of the lease */
    void *put;        /* what it was put with, and is delayed with */
    uint64_t delayed; /* the number of its delay, in order */
    int64_t due_ms;   /* of its delay or its lease; -1: the lease lasts */
    int64_t aside_ms;
    Hf__QueueReason reason; /* why it was set aside */
    bool lost;              /* the queue was aborted while it was leased */
};

static struct queue *queue_of(const struct model_object *object) {
    return object->own;
}

static struct entry *entry_at(const struct model_object *object, size_t at) {
    return object->items[at].own;
}

static size_t count_at(const struct model_object *object, enum where where) {
    size_t count = 0;
    for (size_t i = 0; i < object->item_count; i++) {
        count += entry_at(object, i)->where == where;
    }
    return count;
}

/* The items that count for the bounds. */
static size_t held_items(const struct model_object *object) {
    return object->item_count - count_at(object, ASIDE);
}

static uint64_t held_bytes(const struct model_object *object) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < object->item_count; i++) {
        const struct entry *entry = entry_at(object, i);
        bytes += entry->where != ASIDE ? entry->bytes : 0;
    }
    return bytes;
}

static bool full(const struct model_object *object) {
    const Hf__QueueOpen *options = queue_of(object)->options;
    return (options->max_items > 0 && held_items(object) >= options->max_items) ||
           (options->max_bytes > 0 && held_bytes(object) >= options->max_bytes);
}

/* ---- open ---- */

static void make_queue_open(struct maker *maker) {
    bool plain = maker_chance(maker, 40);
    maker_emit(maker,
               REQUEST(maker->object, queue_open, .name = maker_name(maker), .has_mode = true,
                       .mode = maker_mode(maker), .has_max_items = true,
                       .max_items = maker_chance(maker, 20) ? 0 : maker_roll(maker, 4),
                       .has_order = !plain && maker_chance(maker, 60),
                       .order = (Hf__QueueOrder)(maker_chance(maker, 2) ? 9 : maker_roll(maker, 3)),
                       .has_max_bytes = !plain && maker_chance(maker, 30),
                       .max_bytes = maker_roll(maker, 20),
                       .has_max_deliveries = !plain && maker_chance(maker, 50),
                       .max_deliveries = (uint32_t)maker_roll(maker, 4),
                       .has_auto_close = !plain && maker_chance(maker, 40),
                       .auto_close = maker_chance(maker, 70)));
}

static bool queue_same(const void *own, const Hf__Request *request) {
    const Hf__QueueOpen *is = ((const struct queue *)own)->options;
    const Hf__QueueOpen *in = request->queue_open;
    return (in->max_items == 0 || in->max_items == is->max_items) &&
           (!in->has_order || in->order == is->order) &&
           (in->max_bytes == 0 || in->max_bytes == is->max_bytes) &&
           (in->max_deliveries == 0 || in->max_deliveries == is->max_deliveries) &&
           (!in->has_auto_close || !in->auto_close == !is->auto_close);
}

static hf_status queue_open(struct model_run *run) {
    const Hf__QueueOpen *in = run->request->queue_open;
    struct queue *queue = keep(sizeof *queue);
    queue->model = run->model;
    hf__queue_statistics__init(&queue->totals);
    queue->options = run->request->queue_open;
    if (in->order > HF__QUEUE_ORDER__PRIORITY) {
        return HF_INVALID;
    }
    return model_open(
        run, (struct model_opening){&model_queue, in->name, in->mode, queue, HF_OK, queue_same});
}

/* ---- put ---- */

struct input {
    Hf__Any *const *values;
    size_t count;
    int64_t priority;
    uint64_t delay_ms;
};

static int64_t some_priority(struct maker *maker) {
    const struct model_object *object = model_find(maker->model, maker->object);
    bool ranked = object && object->type == &model_queue &&
                  queue_of(object)->options->order == HF__QUEUE_ORDER__PRIORITY;
    return maker_chance(maker, ranked ? 90 : 3) ? (int64_t)maker_roll(maker, 5) - 2 : 0;
}

static void make_put(struct maker *maker) {
    maker_emit(maker,
               REQUEST(maker->object, queue_put, .value = maker_any(maker), .has_priority = true,
                       .priority = some_priority(maker), .has_delay_ms = maker_chance(maker, 20),
                       .delay_ms = maker_roll(maker, 25)));
}

static void make_put_many(struct maker *maker) {
    maker_emit(maker,
               REQUEST(maker->object, queue_put_many, .n_values = maker_roll(maker, 4),
                       .values = array_of(3, maker_any(maker), maker_any(maker), maker_any(maker)),
                       .has_priority = true, .priority = some_priority(maker),
                       .has_delay_ms = maker_chance(maker, 20), .delay_ms = maker_roll(maker, 25)));
}

static struct input input_of(struct model_run *run) {
    const Hf__Request *request = run->request;
    if (request->op_case == HF__REQUEST__OP_QUEUE_PUT) {
        const Hf__QueuePut *in = request->queue_put;
        return (struct input){&in->value, 1, in->priority, in->delay_ms};
    }
    const Hf__QueuePutMany *in = request->queue_put_many;
    return (struct input){in->values, in->n_values, in->priority, in->delay_ms};
}

static uint64_t queue_bytes_of(const struct input *input) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < input->count; i++) {
        bytes += hf__any__get_packed_size(input->values[i]);
    }
    return bytes;
}

/* Refuse input that waiting would not help. */
static hf_status check_input(struct model_run *run, const struct input *input) {
    const struct queue *queue = queue_of(run->object);
    const Hf__QueueOpen *options = queue->options;
    if (input->priority != 0 && options->order != HF__QUEUE_ORDER__PRIORITY) {
        return HF_INVALID;
    }
    if (queue->closed) {
        return HF_CLOSED;
    }
    bool too_big = (options->max_items > 0 && input->count > options->max_items) ||
                   (options->max_bytes > 0 && queue_bytes_of(input) > options->max_bytes);
    return too_big ? HF_TOO_BIG : HF_OK;
}

/* Refused requests do not wait. */
static hf_status queue_enter(struct model_run *run) {
    const Hf__Request *request = run->request;
    struct input input;
    switch ((int)run->op->tag) {
    case HF__REQUEST__OP_QUEUE_PUT:
    case HF__REQUEST__OP_QUEUE_PUT_MANY:
        input = input_of(run);
        return check_input(run, &input);
    case HF__REQUEST__OP_QUEUE_GET:
        return request->queue_get->has_lease_ms && request->queue_get->lease_ms == 0 ? HF_INVALID
                                                                                     : HF_OK;
    case HF__REQUEST__OP_QUEUE_GET_MANY:
        return request->queue_get_many->max == 0 ? HF_INVALID : HF_OK;
    default:
        return HF_OK;
    }
}

static bool put_ready(struct model_run *run) {
    const Hf__QueueOpen *options = queue_of(run->object)->options;
    struct input input = input_of(run);
    bool fits =
        (options->max_items == 0 || held_items(run->object) + input.count <= options->max_items) &&
        (options->max_bytes == 0 ||
         held_bytes(run->object) + queue_bytes_of(&input) <= options->max_bytes);
    return fits || input.count == 0 || check_input(run, &input) != HF_OK;
}

static void becomes_ready(struct queue *queue, struct entry *entry) {
    entry->where = READY;
    if (entry->id == 0) {
        entry->id = ++queue->model->item;
        entry->arrived_ms = queue->model->now_ms;
    }
}

static hf_status queue_put(struct model_run *run) {
    struct queue *queue = queue_of(run->object);
    struct input input = input_of(run);
    hf_status status = check_input(run, &input);
    if (status != HF_OK || input.count == 0) {
        return status;
    }
    if (run->object->item_count + input.count > MODEL_ITEMS_MAX) {
        return HF_LIMIT;
    }
    void *group = keep(1);
    for (size_t i = 0; i < input.count; i++) {
        struct entry *entry = keep(sizeof *entry);
        entry->where = DELAYED;
        entry->priority = input.priority;
        entry->bytes = hf__any__get_packed_size(input.values[i]);
        entry->put = group;
        entry->delayed = input.delay_ms > 0 ? ++queue->delays : 0;
        entry->due_ms = run->model->now_ms + (int64_t)input.delay_ms;
        queue->totals.total_put++;
        if (input.delay_ms == 0) {
            becomes_ready(queue, entry);
        }
        size_t end = run->object->item_count;
        model_put(run->model, run->object, end, input.values[i]);
        run->object->items[end].own = entry;
        queue->unfinished++;
    }
    if (input.delay_ms > 0) {
        model_wake_at(run->model, run->object, group, run->model->now_ms + (int64_t)input.delay_ms);
    }
    return HF_OK;
}

/* ---- get ---- */

static int64_t some_lease(struct maker *maker) {
    return maker_chance(maker, 70)   ? 1 + (int64_t)maker_roll(maker, 30)
           : maker_chance(maker, 90) ? -1
                                     : 0;
}

static void make_queue_get(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, queue_get, .has_lease_ms = maker_chance(maker, 50),
                              .lease_ms = some_lease(maker)));
}

static void make_get_many(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, queue_get_many, .max = maker_roll(maker, 5)));
}

static bool before(const struct model_object *object, const struct entry *a,
                   const struct entry *b) {
    Hf__QueueOrder order = queue_of(object)->options->order;
    if (order == HF__QUEUE_ORDER__PRIORITY && a->priority != b->priority) {
        return a->priority < b->priority;
    }
    return order == HF__QUEUE_ORDER__LIFO ? a->id > b->id : a->id < b->id;
}

/* The index of the next item; the number of items: there is none. */
static size_t find_next(const struct model_object *object) {
    size_t next = object->item_count;
    for (size_t i = 0; i < object->item_count; i++) {
        const struct entry *entry = entry_at(object, i);
        if (entry->where == READY &&
            (next == object->item_count || before(object, entry, entry_at(object, next)))) {
            next = i;
        }
    }
    return next;
}

/* Nothing is ready, and nothing that is delayed or leased may come. */
static bool exhausted(const struct model_object *object) {
    size_t lost = 0;
    for (size_t i = 0; i < object->item_count; i++) {
        lost += entry_at(object, i)->lost;
    }
    return held_items(object) == lost;
}

static bool output_ready(const struct model_object *object) {
    return count_at(object, READY) > 0 || (queue_of(object)->closed && exhausted(object));
}

static bool get_ready(struct model_run *run) {
    const Hf__QueueGet *in = run->request->queue_get;
    return (in->has_lease_ms && in->lease_ms == 0) || output_ready(run->object);
}

static bool get_many_ready(struct model_run *run) {
    return run->request->queue_get_many->max == 0 || output_ready(run->object);
}

static void lease_until(struct model *model, struct model_object *object, struct entry *entry,
                        int64_t lease_ms) {
    model_wake_off(model, entry);
    entry->due_ms = lease_ms > 0 ? model->now_ms + lease_ms : -1;
    if (lease_ms > 0) {
        model_wake_at(model, object, entry, entry->due_ms);
    }
}

static hf_status queue_lease(struct model_run *run, size_t at, int64_t lease_ms) {
    struct model_object *object = run->object;
    struct entry *entry = entry_at(object, at);
    struct model_hold *hold = &object->holds[object->hold_count++];
    Hf__Delivery *delivery = keep(sizeof *delivery);
    hf__delivery__init(delivery);
    model_grant(run, hold);
    entry->where = LEASED;
    entry->fence = hold->fence;
    entry->deliveries++;
    queue_of(object)->totals.total_delivered++;
    lease_until(run->model, object, entry, lease_ms);
    delivery->value = model_tell(run, object->items[at].value);
    delivery->id = hold->fence;
    delivery->count = entry->deliveries;
    delivery->has_item = true;
    delivery->item = entry->id;
    run->reply->result_case = HF__REPLY__RESULT_DELIVERY;
    run->reply->delivery = delivery;
    return HF_OK;
}

static hf_status queue_get(struct model_run *run) {
    const Hf__QueueGet *in = run->request->queue_get;
    size_t next = find_next(run->object);
    if (in->has_lease_ms && in->lease_ms == 0) {
        return HF_INVALID;
    }
    if (next == run->object->item_count) {
        return HF_CLOSED;
    }
    if (!model_expects(run, run->object->items[next].value)) {
        return HF_TYPE_ERROR;
    }
    if (in->has_lease_ms) {
        return queue_lease(run, next, in->lease_ms);
    }
    queue_of(run->object)->totals.total_taken++;
    return model_answer_value(run, model_take(run->object, next));
}

static Hf__AnyList *new_values(struct model_run *run) {
    Hf__AnyList *values = keep(sizeof *values);
    hf__any_list__init(values);
    values->items = keep(MODEL_ITEMS_MAX * sizeof(Hf__Any *));
    run->reply->result_case = HF__REPLY__RESULT_VALUES;
    run->reply->values = values;
    return values;
}

static hf_status get_many(struct model_run *run) {
    uint64_t max = run->request->queue_get_many->max;
    if (max == 0) {
        return HF_INVALID;
    }
    if (count_at(run->object, READY) == 0) {
        return HF_CLOSED;
    }
    size_t next = find_next(run->object);
    if (!model_expects(run, run->object->items[next].value)) {
        return HF_TYPE_ERROR;
    }
    Hf__AnyList *values = new_values(run);
    while (values->n_items < max && (next = find_next(run->object)) < run->object->item_count &&
           model_expects(run, run->object->items[next].value)) {
        queue_of(run->object)->totals.total_taken++;
        values->items[values->n_items++] = model_tell(run, model_take(run->object, next));
    }
    return HF_OK;
}

/* ---- deliveries ---- */

static struct entry *find_lease(const struct model_object *object, uint64_t fence, size_t *at) {
    for (*at = 0; *at < object->item_count; ++*at) {
        struct entry *entry = entry_at(object, *at);
        if (entry->where == LEASED && entry->fence == fence) {
            return entry;
        }
    }
    return NULL;
}

/* A delivery of this session, in most cases; sets the object too. */
static uint64_t some_delivery(struct maker *maker) {
    const struct model *model = maker->model;
    uint64_t delivery = maker_fence(maker);
    for (size_t i = 0; i < model->object_count && maker_chance(maker, 97); i++) {
        const struct model_object *object = model->objects[i];
        for (size_t j = 0; j < object->hold_count; j++) {
            size_t at = 0;
            bool mine = object->holds[j].session == maker->session || maker_chance(maker, 3);
            if (object->type == &model_queue && mine &&
                find_lease(object, object->holds[j].fence, &at)) {
                maker->object = object->self.id;
                delivery = object->holds[j].fence;
            }
        }
    }
    return delivery;
}

static void make_acknowledge(struct maker *maker) {
    uint64_t delivery = some_delivery(maker);
    maker_emit(maker, REQUEST(maker->object, queue_acknowledge, .delivery = delivery));
}

static void make_return(struct maker *maker) {
    uint64_t delivery = some_delivery(maker);
    maker_emit(maker,
               REQUEST(maker->object, queue_return, .delivery = delivery,
                       .has_delay_ms = maker_chance(maker, 40), .delay_ms = maker_roll(maker, 25)));
}

static void make_extend(struct maker *maker) {
    uint64_t delivery = some_delivery(maker);
    maker_emit(maker, REQUEST(maker->object, queue_extend, .delivery = delivery,
                              .lease_ms = some_lease(maker)));
}

static void end_hold(struct model_object *object, const struct model_hold *hold) {
    size_t at = (size_t)(hold - object->holds);
    object->hold_count--;
    memmove(&object->holds[at], &object->holds[at + 1], (object->hold_count - at) * sizeof *hold);
}

static struct model_hold *hold_with(struct model_object *object, uint64_t fence) {
    size_t at = 0;
    while (object->holds[at].fence != fence) {
        at++;
    }
    return &object->holds[at];
}

/* The lease of this session; NULL: it has none of that id. */
static struct entry *own_lease(struct model_run *run, uint64_t fence, size_t *at) {
    struct entry *entry = find_lease(run->object, fence, at);
    return entry && hold_with(run->object, fence)->session == run->session ? entry : NULL;
}

static void throw_away(struct model_object *object, size_t at) {
    struct queue *queue = queue_of(object);
    (void)model_take(object, at);
    queue->unfinished -= queue->unfinished > 0;
    queue->totals.total_dropped++;
}

static void comes_back(struct model_object *object, struct entry *entry, size_t at,
                       Hf__QueueReason reason) {
    struct queue *queue = queue_of(object);
    uint32_t most = queue->options->max_deliveries;
    model_wake_off(queue->model, entry);
    end_hold(object, hold_with(object, entry->fence));
    queue->totals.total_returned++;
    if (entry->lost) {
        throw_away(object, at);
    } else if (most > 0 && entry->deliveries >= most) {
        entry->where = ASIDE;
        queue->totals.total_set_aside++;
        entry->aside_ms = queue->model->now_ms;
        entry->reason = reason;
    } else {
        entry->where = READY;
    }
}

static hf_status queue_acknowledge(struct model_run *run) {
    size_t at = 0;
    struct entry *entry = own_lease(run, run->request->queue_acknowledge->delivery, &at);
    if (!entry) {
        return HF_NOT_HELD;
    }
    model_wake_off(run->model, entry);
    end_hold(run->object, hold_with(run->object, entry->fence));
    (void)model_take(run->object, at);
    queue_of(run->object)->totals.total_acknowledged++;
    return HF_OK;
}

static hf_status give_back(struct model_run *run) {
    size_t at = 0;
    struct entry *entry = own_lease(run, run->request->queue_return->delivery, &at);
    if (!entry) {
        return HF_NOT_HELD;
    }
    bool lost = entry->lost;
    comes_back(run->object, entry, at, HF__QUEUE_REASON__RETURNED);
    uint64_t delay_ms = run->request->queue_return->delay_ms;
    if (!lost && entry->where == READY && delay_ms > 0) {
        entry->where = DELAYED;
        entry->put = keep(1);
        entry->delayed = ++queue_of(run->object)->delays;
        entry->due_ms = run->model->now_ms + (int64_t)delay_ms;
        model_wake_at(run->model, run->object, entry->put, entry->due_ms);
    }
    return HF_OK;
}

static hf_status extend(struct model_run *run) {
    const Hf__QueueExtend *in = run->request->queue_extend;
    size_t at = 0;
    if (in->lease_ms == 0) {
        return HF_INVALID;
    }
    struct entry *entry = own_lease(run, in->delivery, &at);
    if (!entry) {
        return HF_NOT_HELD;
    }
    lease_until(run->model, run->object, entry, in->lease_ms);
    return HF_OK;
}

/* The time of a lease is over, or that of items that were put together. */
static void woken(struct model_object *object, void *what) {
    struct queue *queue = queue_of(object);
    for (size_t i = 0; i < object->item_count; i++) {
        struct entry *entry = entry_at(object, i);
        if (entry == what) {
            comes_back(object, entry, i, HF__QUEUE_REASON__LEASE_ENDED);
            return;
        }
        if (entry->where == DELAYED && entry->put == what) {
            becomes_ready(queue, entry);
        }
    }
}

/* ---- set aside ---- */

/* The id of an item of any queue, whatever has become of it, or of none. */
static uint64_t some_item(struct maker *maker) {
    const struct model *model = maker->model;
    return model->item + 1 - maker_roll(maker, model->item - model->numbers_above + 2);
}

static void make_set_aside_list(struct maker *maker) {
    maker_emit(maker,
               REQUEST(maker->object, queue_set_aside_list, .has_cursor = maker_chance(maker, 40),
                       .cursor = some_item(maker), .has_limit = maker_chance(maker, 40),
                       .limit = (uint32_t)maker_roll(maker, 3)));
}

/* Its number in the order in which items in its state are listed. */
static uint64_t listed_at(const struct model_object *object, const struct entry *entry) {
    bool newest = queue_of(object)->options->order == HF__QUEUE_ORDER__LIFO;
    return entry->where == DELAYED           ? entry->delayed
           : entry->where == LEASED          ? entry->fence
           : entry->where == READY && newest ? UINT64_MAX - entry->id
                                             : entry->id;
}

/* The first one from this number on. */
static size_t next_listed(const struct model_object *object, enum where where, uint64_t number) {
    size_t next = object->item_count;
    for (size_t i = 0; i < object->item_count; i++) {
        const struct entry *entry = entry_at(object, i);
        if (entry->where == where && listed_at(object, entry) >= number &&
            (next == object->item_count ||
             listed_at(object, entry) < listed_at(object, entry_at(object, next)))) {
            next = i;
        }
    }
    return next;
}

static Hf__QueueEntries *new_entries(struct model_run *run) {
    Hf__QueueEntries *entries = keep(sizeof *entries);
    hf__queue_entries__init(entries);
    entries->entries = keep(MODEL_ITEMS_MAX * sizeof(Hf__QueueEntry *));
    run->reply->result_case = HF__REPLY__RESULT_QUEUE_ENTRIES;
    run->reply->queue_entries = entries;
    return entries;
}

/* Show an item in a page. */
static void show(struct model_run *run, size_t at, Hf__QueueEntries *entries) {
    const struct entry *entry = entry_at(run->object, at);
    Hf__QueueEntry *shown = keep(sizeof *shown);
    hf__queue_entry__init(shown);
    bool ranked = queue_of(run->object)->options->order == HF__QUEUE_ORDER__PRIORITY;
    shown->value = model_tell(run, run->object->items[at].value);
    shown->has_id = true;
    shown->id = entry->id;
    shown->has_count = true;
    shown->count = entry->deliveries;
    shown->has_priority = ranked;
    shown->priority = entry->priority;
    shown->has_age_ms = !ranked;
    shown->age_ms = entry->id > 0 ? (uint64_t)(run->model->now_ms - entry->arrived_ms) : 0;
    shown->has_reason = shown->has_aside_ms = entry->where == ASIDE;
    shown->reason = entry->reason;
    shown->aside_ms = (uint64_t)(run->model->now_ms - entry->aside_ms);
    shown->has_due_ms = entry->where == DELAYED || (entry->where == LEASED && entry->due_ms >= 0);
    shown->due_ms = (uint64_t)(entry->due_ms - run->model->now_ms);
    if (entry->where == LEASED) {
        shown->holder = model_holder(run->model, hold_with(run->object, entry->fence));
    }
    entries->entries[entries->n_entries++] = shown;
}

/* Returns the number behind the last one shown. */
static uint64_t show_page(struct model_run *run, enum where where, uint64_t number,
                          uint32_t limit) {
    Hf__QueueEntries *entries = new_entries(run);
    size_t next = next_listed(run->object, where, number);
    while (next < run->object->item_count && (limit == 0 || entries->n_entries < limit)) {
        show(run, next, entries);
        number = listed_at(run->object, entry_at(run->object, next)) + 1;
        next = next_listed(run->object, where, number);
    }
    entries->has_next = next < run->object->item_count;
    return number;
}

static hf_status set_aside_list(struct model_run *run) {
    const Hf__QueueSetAsideList *in = run->request->queue_set_aside_list;
    uint64_t next = show_page(run, ASIDE, in->cursor, in->limit);
    run->reply->queue_entries->next = next;
    return HF_OK;
}

/* Mostly items that are set aside. */
static uint64_t *some_asides(struct maker *maker, size_t count) {
    const struct model_object *object = model_find(maker->model, maker->object);
    uint64_t *ids = keep(count * sizeof *ids + 1);
    for (size_t i = 0; i < count; i++) {
        ids[i] = some_item(maker);
        if (object && object->type == &model_queue && maker_chance(maker, 80)) {
            size_t at = next_listed(object, ASIDE, ids[i] - maker_roll(maker, 10));
            ids[i] = at < object->item_count ? entry_at(object, at)->id : ids[i];
        }
    }
    return ids;
}

static void make_set_aside_return(struct maker *maker) {
    size_t count = maker_chance(maker, 40) ? 0 : maker_roll(maker, 4);
    maker_emit(maker, REQUEST(maker->object, queue_set_aside_return, .n_ids = count,
                              .ids = some_asides(maker, count)));
}

static void make_set_aside_drop(struct maker *maker) {
    size_t count = maker_chance(maker, 20) ? 0 : maker_roll(maker, 4);
    maker_emit(maker, REQUEST(maker->object, queue_set_aside_drop, .n_ids = count,
                              .ids = some_asides(maker, count)));
}

static bool is_named(const uint64_t *ids, size_t id_count, uint64_t id) {
    bool named = id_count == 0;
    for (size_t i = 0; i < id_count; i++) {
        named = named || ids[i] == id;
    }
    return named;
}

static hf_status set_aside_return(struct model_run *run) {
    const Hf__QueueSetAsideReturn *in = run->request->queue_set_aside_return;
    uint64_t count = 0;
    for (size_t i = 0; i < run->object->item_count; i++) {
        struct entry *entry = entry_at(run->object, i);
        if (entry->where == ASIDE && is_named(in->ids, in->n_ids, entry->id)) {
            entry->where = READY;
            entry->deliveries = 0;
            count++;
        }
    }
    return model_answer_count(run, count);
}

static hf_status set_aside_drop(struct model_run *run) {
    const Hf__QueueSetAsideDrop *in = run->request->queue_set_aside_drop;
    uint64_t count = 0;
    for (size_t i = 0; i < run->object->item_count;) {
        const struct entry *entry = entry_at(run->object, i);
        if (entry->where == ASIDE && is_named(in->ids, in->n_ids, entry->id)) {
            throw_away(run->object, i);
            count++;
        } else {
            i++;
        }
    }
    return model_answer_count(run, count);
}

/* ---- the rest ---- */

static void make_queue_look(struct maker *maker) {
    switch (maker_roll(maker, 3)) {
    case 0:
        maker_emit(maker, REQUEST(maker->object, queue_size));
        break;
    case 1:
        maker_emit(maker, REQUEST(maker->object, queue_empty));
        break;
    default:
        maker_emit(maker, REQUEST(maker->object, queue_full));
        break;
    }
}

static hf_status size(struct model_run *run) {
    return model_answer_count(run, count_at(run->object, READY));
}

static hf_status is_empty(struct model_run *run) {
    return model_answer_truth(run, count_at(run->object, READY) == 0);
}

static hf_status is_full(struct model_run *run) {
    return model_answer_truth(run, full(run->object));
}

static void make_peek(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, queue_peek));
}

static hf_status peek(struct model_run *run) {
    size_t next = find_next(run->object);
    if (next < run->object->item_count) {
        return model_answer_value(run, run->object->items[next].value);
    }
    return queue_of(run->object)->closed && exhausted(run->object) ? HF_CLOSED : HF_TIMEOUT;
}

/* Ready items of a queue with priorities are listed whole, as the order of their pages is not
 * promised; leased ones from a cursor that the manager has told. */
static void make_list(struct maker *maker) {
    const struct model_object *object = model_find(maker->model, maker->object);
    bool queue = object && object->type == &model_queue;
    bool ranked = queue && queue_of(object)->options->order == HF__QUEUE_ORDER__PRIORITY;
    Hf__QueueItemState state =
        maker_chance(maker, 2) ? (Hf__QueueItemState)7 : (Hf__QueueItemState)maker_roll(maker, 3);
    bool whole = !queue || (ranked && state == HF__QUEUE_ITEM_STATE__READY);
    uint64_t cursor = maker_chance(maker, 40)                  ? 0
                      : state == HF__QUEUE_ITEM_STATE__READY   ? some_item(maker)
                      : state == HF__QUEUE_ITEM_STATE__DELAYED ? maker_roll(maker, 12)
                                                               : maker_cursor(maker, object);
    maker_emit(maker,
               REQUEST(maker->object, queue_list, .has_cursor = !whole, .cursor = cursor,
                       .has_limit = !whole && maker_chance(maker, 60),
                       .limit = (uint32_t)maker_roll(maker, 3), .has_state = true, .state = state));
}

static hf_status list_ready(struct model_run *run, uint64_t cursor, uint32_t limit) {
    Hf__QueueOrder order = queue_of(run->object)->options->order;
    bool newest = order == HF__QUEUE_ORDER__LIFO;
    if (order == HF__QUEUE_ORDER__PRIORITY) {
        struct model_object rest = *run->object;
        Hf__QueueEntries *entries = new_entries(run);
        for (size_t next = 0; (next = find_next(&rest)) < rest.item_count;) {
            struct entry *gone = keep(sizeof *gone);
            show(run, next, entries);
            *gone = *entry_at(&rest, next);
            gone->where = DELAYED;
            rest.items[next].own = gone;
        }
        run->reply->queue_entries->next = entries->n_entries;
        return HF_OK;
    }
    uint64_t number = newest && cursor > 0 ? UINT64_MAX - cursor + 1 : cursor;
    uint64_t next = show_page(run, READY, number, limit);
    run->reply->queue_entries->next = newest && next > 0 ? UINT64_MAX - next + 1 : next;
    return HF_OK;
}

static hf_status list_delayed(struct model_run *run, uint64_t cursor, uint32_t limit) {
    uint64_t next = show_page(run, DELAYED, cursor, limit);
    run->reply->queue_entries->next = next;
    return HF_OK;
}

/* A cursor among leases is the manager's own, in place of the fence. */
static hf_status list_leased(struct model_run *run, uint64_t cursor, uint32_t limit) {
    uint64_t after = cursor > 0 ? model_cursor_after(run->model, run->object, cursor) : 0;
    uint64_t next = show_page(run, LEASED, after > 0 ? after + 1 : 0, limit);
    run->reply->queue_entries->next = 0;
    if (run->reply->queue_entries->has_next) {
        model_remember_cursor(run->model, &run->reply->queue_entries->next, run->object, next - 1);
    }
    return HF_OK;
}

static hf_status list(struct model_run *run) {
    const Hf__QueueList *in = run->request->queue_list;
    switch ((int)in->state) {
    case HF__QUEUE_ITEM_STATE__READY:
        return list_ready(run, in->cursor, in->limit);
    case HF__QUEUE_ITEM_STATE__DELAYED:
        return list_delayed(run, in->cursor, in->limit);
    case HF__QUEUE_ITEM_STATE__LEASED:
        return list_leased(run, in->cursor, in->limit);
    default:
        return HF_INVALID;
    }
}

static void make_state(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, queue_state));
}

static hf_status state(struct model_run *run) {
    const struct model_object *object = run->object;
    const struct queue *queue = queue_of(object);
    Hf__QueueStatistics *out = keep(sizeof *out);
    *out = queue->totals;
    out->ready = count_at(object, READY);
    out->delayed = count_at(object, DELAYED);
    out->leased = count_at(object, LEASED);
    out->set_aside = count_at(object, ASIDE);
    out->unfinished = queue->unfinished;
    out->has_bytes = queue->options->max_bytes > 0;
    out->bytes = held_bytes(object);
    out->has_closed = true;
    out->closed = queue->closed;
    for (size_t i = 0; i < object->item_count; i++) {
        const struct entry *entry = entry_at(object, i);
        uint64_t age_ms = (uint64_t)(run->model->now_ms - entry->arrived_ms);
        if (entry->where == READY && queue->options->order != HF__QUEUE_ORDER__PRIORITY) {
            out->has_oldest_ms = true;
            out->oldest_ms = age_ms > out->oldest_ms ? age_ms : out->oldest_ms;
        }
    }
    run->reply->result_case = HF__REPLY__RESULT_QUEUE_STATISTICS;
    run->reply->queue_statistics = out;
    return HF_OK;
}

static void make_task_done(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, queue_task_done, .has_count = maker_chance(maker, 30),
                              .count = maker_roll(maker, 4)));
}

static hf_status task_done(struct model_run *run) {
    struct queue *queue = queue_of(run->object);
    const Hf__QueueTaskDone *in = run->request->queue_task_done;
    uint64_t count = in->has_count ? in->count : 1;
    if (count > queue->unfinished) {
        return HF_VALUE_ERROR;
    }
    queue->unfinished -= count;
    return HF_OK;
}

static void make_join(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, queue_join));
}

static bool join_ready(struct model_run *run) {
    return queue_of(run->object)->unfinished == 0;
}

static hf_status queue_join(struct model_run *run) {
    (void)run;
    return HF_OK;
}

static void make_queue_close(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, queue_close, .has_abort = true,
                              .abort = maker_chance(maker, 40)));
}

static hf_status queue_close(struct model_run *run) {
    struct queue *queue = queue_of(run->object);
    queue->closed = true;
    for (size_t i = 0; run->request->queue_close->abort && i < run->object->item_count;) {
        struct entry *entry = entry_at(run->object, i);
        if (entry->where == READY || entry->where == DELAYED) {
            model_wake_off(run->model, entry->put);
            throw_away(run->object, i);
        } else {
            entry->lost = entry->where == LEASED;
            i++;
        }
    }
    return HF_OK;
}

static void make_reopen(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, queue_reopen));
}

static hf_status reopen(struct model_run *run) {
    queue_of(run->object)->closed = false;
    return HF_OK;
}

/* ---- producers ---- */

static struct model_hold *find_producer(struct model_object *object,
                                        const struct model_session *session) {
    size_t at = 0;
    for (size_t i = 0; i < object->hold_count; i++) {
        struct model_hold *hold = &object->holds[i];
        if (hold->session == session && !find_lease(object, hold->fence, &at)) {
            return hold;
        }
    }
    return NULL;
}

static void make_register(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, queue_register_producer));
}

static hf_status register_producer(struct model_run *run) {
    struct model_object *object = run->object;
    struct model_hold *hold = find_producer(object, run->session);
    if (queue_of(object)->closed) {
        return HF_CLOSED;
    }
    if (hold) {
        hold->depth++;
    } else {
        model_grant(run, &object->holds[object->hold_count++]);
    }
    return HF_OK;
}

static void make_unregister(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, queue_unregister_producer));
}

static void producer_gone(struct model_object *object, struct model_hold *hold) {
    struct queue *queue = queue_of(object);
    end_hold(object, hold);
    queue->closed = queue->closed ||
                    (queue->options->auto_close && object->hold_count == count_at(object, LEASED));
}

static hf_status unregister_producer(struct model_run *run) {
    struct model_hold *hold = find_producer(run->object, run->session);
    if (!hold) {
        return HF_NOT_HELD;
    }
    if (--hold->depth == 0) {
        producer_gone(run->object, hold);
    }
    return HF_OK;
}

static void queue_holder_died(struct model_object *object, struct model_hold *hold) {
    size_t at = 0;
    struct entry *entry = find_lease(object, hold->fence, &at);
    if (entry) {
        comes_back(object, entry, at,
                   hold->why == HF__LOSS__LOST_BROKEN ? HF__QUEUE_REASON__DELIVERY_BROKEN
                                                      : HF__QUEUE_REASON__TAKER_DIED);
    } else {
        producer_gone(object, hold);
    }
}

static uint64_t queue_size(const struct model_object *object) {
    return count_at(object, READY);
}

static const struct model_op queue_ops[] = {
    {HF__REQUEST__OP_QUEUE_OPEN, 8, make_queue_open, queue_open, NULL, MODEL_OPENS | MODEL_CHANGES,
     0},
    {HF__REQUEST__OP_QUEUE_PUT, 36, make_put, queue_put, put_ready, MODEL_CHANGES | MODEL_UNDOES,
     LANE_PUT},
    {HF__REQUEST__OP_QUEUE_GET, 36, make_queue_get, queue_get, get_ready, MODEL_CHANGES, LANE_GET},
    {HF__REQUEST__OP_QUEUE_SIZE, 5, make_queue_look, size, NULL, 0, 0},
    {HF__REQUEST__OP_QUEUE_EMPTY, 0, make_queue_look, is_empty, NULL, 0, 0},
    {HF__REQUEST__OP_QUEUE_FULL, 0, make_queue_look, is_full, NULL, 0, 0},
    {HF__REQUEST__OP_QUEUE_TASK_DONE, 12, make_task_done, task_done, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_JOIN, 6, make_join, queue_join, join_ready, MODEL_OWN_ORDER, LANE_JOIN},
    {HF__REQUEST__OP_QUEUE_CLOSE, 2, make_queue_close, queue_close, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_PUT_MANY, 14, make_put_many, queue_put, put_ready,
     MODEL_CHANGES | MODEL_UNDOES, LANE_PUT},
    {HF__REQUEST__OP_QUEUE_GET_MANY, 8, make_get_many, get_many, get_many_ready, MODEL_CHANGES,
     LANE_GET},
    {HF__REQUEST__OP_QUEUE_ACKNOWLEDGE, 8, make_acknowledge, queue_acknowledge, NULL, MODEL_CHANGES,
     0},
    {HF__REQUEST__OP_QUEUE_RETURN, 8, make_return, give_back, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_EXTEND, 6, make_extend, extend, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_SET_ASIDE_LIST, 4, make_set_aside_list, set_aside_list, NULL, 0, 0},
    {HF__REQUEST__OP_QUEUE_SET_ASIDE_RETURN, 2, make_set_aside_return, set_aside_return, NULL,
     MODEL_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_PEEK, 4, make_peek, peek, NULL, 0, 0},
    {HF__REQUEST__OP_QUEUE_LIST, 14, make_list, list, NULL, 0, 0},
    {HF__REQUEST__OP_QUEUE_STATE, 5, make_state, state, NULL, 0, 0},
    {HF__REQUEST__OP_QUEUE_SET_ASIDE_DROP, 2, make_set_aside_drop, set_aside_drop, NULL,
     MODEL_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_REOPEN, 4, make_reopen, reopen, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_REGISTER_PRODUCER, 5, make_register, register_producer, NULL,
     MODEL_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_UNREGISTER_PRODUCER, 5, make_unregister, unregister_producer, NULL,
     MODEL_CHANGES, 0},
};

const struct model_type model_queue = {
    .tag = HF__TYPE__QUEUE,
    .name = "queue",
    .ops = queue_ops,
    .op_count = sizeof queue_ops / sizeof queue_ops[0],
    .own_size = sizeof(struct queue),
    .enter = queue_enter,
    .holder_died = queue_holder_died,
    .woken = woken,
    .size = queue_size,
};
