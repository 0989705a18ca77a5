/* SPDX-License-Identifier: MIT
 *
 * See model.h. Here: sessions, objects, references, holds, and what happens to sessions.
 */
#include "model.h"

#include "keep.h"
#include "naive.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct model *model_new(int64_t now_ms, uint64_t numbers_above) {
    struct model *model = keep(sizeof *model);
    model->now_ms = model->started_ms = now_ms;
    model->numbers_above = model->fence = model->item = numbers_above;
    model->first_id = numbers_above * 1024 + MODEL_LEAST_ID;
    model->in_doubt = keep(sizeof *model->in_doubt);
    return model;
}

/* ---- objects ---- */

/* Among those born before this. */
static struct model_object *find_before(const struct model *model, uint64_t id, uint64_t clock) {
    bool untold = false;
    bool guessed = false;
    for (size_t i = 0; i < model->object_count && id != 0; i++) {
        struct model_object *object = model->objects[i];
        if (object->self.id == id) {
            return object->gone || object->born > clock ? NULL : object;
        }
        untold = untold || (object->self.id == 0 && object->born < clock);
        guessed = guessed || id - object->self.id <= MODEL_GUESS_MAX;
    }
    *model->in_doubt = *model->in_doubt || (untold && guessed);
    return NULL;
}

struct model_object *model_find(const struct model *model, uint64_t id) {
    return find_before(model, id, UINT64_MAX);
}

struct model_object *model_find_name(const struct model *model, const char *name) {
    for (size_t i = 0; i < model->object_count; i++) {
        struct model_object *object = model->objects[i];
        if (!object->gone && object->name && strcmp(object->name, name) == 0) {
            return object;
        }
    }
    return NULL;
}

size_t model_live_objects(const struct model *model) {
    size_t count = 0;
    for (size_t i = 0; i < model->object_count; i++) {
        count += !model->objects[i]->gone;
    }
    return count;
}

void model_touch(struct model *model, struct model_object *object) {
    for (size_t i = 0; i < model->touched_count; i++) {
        if (model->touched[i] == object) {
            return;
        }
    }
    model->touched[model->touched_count++] = object;
}

static void wakes_off(struct model *model, const struct model_object *object, const void *what) {
    size_t kept = 0;
    for (size_t i = 0; i < model->wake_count; i++) {
        bool of_object = object && model->wakes[i].object == object;
        if (!of_object && model->wakes[i].what != what) {
            model->wakes[kept++] = model->wakes[i];
        }
    }
    model->wake_count = kept;
}

void model_end_object(struct model *model, struct model_object *object) {
    object->gone = true;
    object->hold_count = 0;
    object->item_count = 0;
    wakes_off(model, object, NULL);
    model_wake_off(model, &object->pinned_until_ms);
    object->pinned_until_ms = 0;
    model_watched_gone(model, object);
    if (object->type->ended) {
        object->type->ended(model, object);
    }
    object->freed = true;
}

/* The id stays, so that requests can name an object that is gone. */
void model_delete(struct model *model, struct model_object *object) {
    assert(!object->gone);
    model_touch(model, object);
    model_end_object(model, object);
    for (size_t i = 0; i < model->object_count; i++) {
        struct model_object *other = model->objects[i];
        if (!other->gone && other->type->refers && other->type->refers(other) == object) {
            model_touch(model, other);
        }
    }
}

static struct model_object *make(struct model_run *run, struct model_opening opening) {
    struct model *model = run->model;
    assert(model->object_count < MODEL_OBJECTS_ROOM);
    struct model_object *object = keep(sizeof *object);
    hf__ref__init(&object->self);
    object->self.has_type = true;
    object->self.type = opening.type->tag;
    object->type = opening.type;
    object->name = opening.name ? keep_string("%s", opening.name) : NULL;
    object->own = opening.own;
    object->born = ++model->clock;
    object->version = object->structure = model->numbers_above;
    object->index = model->object_count;
    model->objects[model->object_count++] = object;
    return object;
}

void model_expire_at(struct model *model, struct model_object *object, int64_t due_ms) {
    model_wake_off(model, &object->due_ms);
    object->due_ms = due_ms;
    if (due_ms > 0) {
        model_wake_at(model, object, &object->due_ms, due_ms);
    }
}

/* All opens have a ttl_ms. */
static int64_t due_of_open(const struct model_run *run) {
    const ProtobufCMessage *op = &run->request->dict_open->base;
    const ProtobufCFieldDescriptor *ttl_ms =
        protobuf_c_message_descriptor_get_field_by_name(op->descriptor, "ttl_ms");
    const char *at = (const char *)op;
    bool has = *(const protobuf_c_boolean *)(const void *)(at + ttl_ms->quantifier_offset);
    uint64_t value = *(const uint64_t *)(const void *)(at + ttl_ms->offset);
    return has ? run->model->now_ms + (int64_t)value : 0;
}

/* The tag that an open has, and its attachment. */
static char *opened_tag(const Hf__Request *request) {
    const ProtobufCMessage *open = (const ProtobufCMessage *)request->dict_open;
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(open->descriptor, "tag");
    char *tag = field ? *(char **)((char *)(uintptr_t)open + field->offset) : NULL;
    return tag && tag[0] ? tag : NULL;
}

static ProtobufCBinaryData opened_attachment(const Hf__Request *request) {
    const ProtobufCMessage *open = (const ProtobufCMessage *)request->dict_open;
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(open->descriptor, "attachment");
    return field ? *(ProtobufCBinaryData *)((char *)(uintptr_t)open + field->offset)
                 : (ProtobufCBinaryData){0, NULL};
}

/* The equality, if the open says it. */
static bool opened_equality(const Hf__Request *request, Hf__Equality *equality) {
    const ProtobufCMessage *open = (const ProtobufCMessage *)request->dict_open;
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(open->descriptor, "equality");
    const char *at = (const char *)open;
    *equality = field ? *(const Hf__Equality *)(const void *)(at + field->offset) : 0;
    return field && *(const protobuf_c_boolean *)(at + field->quantifier_offset);
}

static hf_status begin(struct model_run *run) {
    const struct model_type *type = run->object->type;
    (void)opened_equality(run->request, &run->object->equality);
    hf_status status = type->fill ? type->fill(run) : HF_OK;
    run->object->tag = opened_tag(run->request);
    run->object->attachment = opened_attachment(run->request);
    bool long_tag = run->object->tag && strlen(run->object->tag) > 64;
    return status == HF_OK && long_tag ? HF_INVALID : status;
}

static hf_status create(struct model_run *run, struct model_opening opening) {
    struct model *model = run->model;
    run->object = make(run, opening);
    hf_status status = begin(run);
    if (status == HF_OK) {
        model_tell_object(run, run->object);
        model_expire_at(model, run->object, due_of_open(run));
        model_note(model, run->object, HF__CAUSE__REQUESTED, run->session, run->request);
    } else { /* it has never been there */
        model->object_count--;
        run->object = NULL;
    }
    return status;
}

static bool other_tag(const struct model_object *object, const Hf__Request *request) {
    const char *tag = opened_tag(request);
    return tag && (!object->tag || strcmp(tag, object->tag) != 0);
}

static hf_status check_existing(const struct model_object *object, struct model_opening opening,
                                const Hf__Request *request) {
    if (opening.mode == HF__MODE__MUST_CREATE) {
        return HF_EXISTS;
    }
    if (object->type != opening.type) {
        return HF_WRONG_TYPE;
    }
    if (opening.mode == HF__MODE__MUST_EXIST) {
        return HF_OK;
    }
    Hf__Equality equality = HF__EQUALITY__BY_KIND;
    bool same = !opening.same || opening.same(object->own, request);
    same = same && (!opened_equality(request, &equality) || equality == object->equality);
    return same && !other_tag(object, request) ? HF_OK : HF_WRONG_TYPE;
}

hf_status model_open(struct model_run *run, struct model_opening opening) {
    Hf__Equality equality = HF__EQUALITY__BY_KIND;
    if (opened_equality(run->request, &equality) && equality > HF__EQUALITY__BY_VALUE) {
        return HF_INVALID;
    }
    if (opening.name ? opening.name[0] == '\0' : opening.mode == HF__MODE__MUST_EXIST) {
        return HF_INVALID;
    }
    struct model_object *object = opening.name ? model_find_name(run->model, opening.name) : NULL;
    if (object) {
        hf_status status = check_existing(object, opening, run->request);
        if (status != HF_OK) {
            return status;
        }
    } else if (opening.mode == HF__MODE__MUST_EXIST) {
        return HF_NO_OBJECT;
    } else if (model_live_objects(run->model) >= MODEL_OBJECTS_MAX) {
        return HF_LIMIT;
    } else if (opening.status != HF_OK) {
        return opening.status;
    } else {
        hf_status status = create(run, opening);
        if (status != HF_OK) {
            return status;
        }
        object = run->object;
    }
    run->object = object;
    run->reply->result_case = HF__REPLY__RESULT_OBJECT;
    run->reply->object = &object->self;
    return HF_OK;
}

/* ---- items ---- */

void model_put(struct model *model, struct model_object *object, size_t at, Hf__Any *value) {
    assert(at <= object->item_count && object->item_count < MODEL_ITEMS_MAX);
    memmove(&object->items[at + 1], &object->items[at],
            (object->item_count - at) * sizeof object->items[0]);
    model->clock++;
    object->items[at] =
        (struct model_item){.value = value, .stored = model->clock, .added = model->clock};
    object->item_count++;
    object->structure++;
}

Hf__Any *model_take(struct model_object *object, size_t at) {
    assert(at < object->item_count);
    Hf__Any *value = object->items[at].value;
    object->item_count--;
    object->structure++;
    memmove(&object->items[at], &object->items[at + 1],
            (object->item_count - at) * sizeof object->items[0]);
    return value;
}

/* ---- references ---- */

struct counting {
    const struct model *model;
    uint64_t stored;
};

static void count_one(void *context, uint64_t ref) {
    const struct counting *counting = context;
    struct model_object *object = find_before(counting->model, ref, counting->stored);
    if (object) {
        object->references++;
    }
}

/* A reference counts if there was such an object when it was stored. */
void model_count(const struct model *model, const Hf__Any *any, uint64_t stored) {
    naive_each_ref(any, count_one, &(struct counting){model, stored});
}

static size_t count_users(const struct model *model, const struct model_object *object) {
    size_t count = 0;
    for (size_t i = 0; i < model->family_count && !object->name; i++) {
        count += model->families[i]->uses[object->index] != 0;
    }
    return count + (object->pinned_until_ms != 0);
}

bool model_is_unreferenced(const struct model_object *object) {
    return !object->gone && !object->name && object->references == 0;
}

void model_count_references(struct model *model) {
    for (size_t i = 0; i < model->object_count; i++) {
        model->objects[i]->references = count_users(model, model->objects[i]);
    }
    for (size_t i = 0; i < model->object_count; i++) {
        const struct model_object *object = model->objects[i];
        if (!object->freed && object->type->refers && object->type->refers(object)) {
            object->type->refers(object)->references++;
        }
        if (object->type->count) {
            object->type->count(model, object);
        }
        for (size_t j = 0; j < object->item_count; j++) {
            model_count(model, object->items[j].value, object->items[j].stored);
            if (object->items[j].key) {
                model_count(model, object->items[j].key, object->items[j].added);
            }
        }
    }
}

void model_list_unreferenced(struct model *model) {
    model_count_references(model);
    for (size_t i = 0; i < model->object_count; i++) {
        struct model_object *object = model->objects[i];
        if (model_is_unreferenced(object) && !object->listed) {
            object->listed = true;
            model->unreferenced[model->unreferenced_count++] = object;
        }
    }
}

void model_use(struct model *model, struct model_session *session,
               const struct model_object *object) {
    uint64_t *uses = session->main->family->uses;
    if (!object->name && uses[object->index] == 0) {
        uses[object->index] = ++model->used;
    }
}

void model_unuse(struct model *model, struct model_family *family, struct model_object *object) {
    family->uses[object->index] = family->told[object->index] = 0;
    model_list_unreferenced(model);
}

void model_pin(struct model *model, struct model_object *object, int64_t until_ms) {
    if (!object->name && object->pinned_until_ms < until_ms) {
        object->pinned_until_ms = until_ms;
        model_wake_off(model, &object->pinned_until_ms);
        model_wake_at(model, NULL, &object->pinned_until_ms, until_ms);
    }
}

void model_tell_object(struct model_run *run, struct model_object *object) {
    assert(run->told_count < MODEL_TOLD_ROOM);
    model_use(run->model, run->session, object);
    if (!object->name) {
        run->told[run->told_count++] = object;
    }
}

static void tell_one(void *context, uint64_t ref) {
    struct model_run *run = context;
    struct model_object *object = model_find(run->model, ref);
    if (object) {
        model_tell_object(run, object);
    }
}

Hf__Any *model_tell(struct model_run *run, Hf__Any *value) {
    naive_each_ref(value, tell_one, run);
    return value;
}

/* ---- holds ---- */

bool model_owns(const struct model_session *session, const struct model_hold *hold) {
    return hold->session == session && !hold->dead && hold->left == 0;
}

bool model_holds(const struct model_session *session, const struct model_object *object) {
    for (size_t i = 0; i < object->hold_count; i++) {
        if (model_owns(session, &object->holds[i])) {
            return true;
        }
    }
    return false;
}

void model_grant(struct model_run *run, struct model_hold *hold) {
    model_touch_awaited(run->model, run->session);
    *hold = (struct model_hold){.session = run->session,
                                .fence = ++run->model->fence,
                                .since_ms = run->model->now_ms,
                                .depth = 1};
    run->object->grants++;
}

Hf__Holder *model_holder(const struct model *model, const struct model_hold *hold) {
    Hf__Holder *holder = keep(sizeof *holder);
    hf__holder__init(holder);
    holder->session = hold->session->id;
    holder->label = hold->session->label;
    holder->has_pid = holder->has_tid = holder->has_fence = holder->has_depth = true;
    holder->has_held_ms = holder->has_dead = true;
    holder->pid = hold->session->pid;
    holder->tid = hold->session->tid;
    holder->has_party = hold->session->party != 0;
    holder->party = hold->session->party;
    holder->fence = hold->fence;
    holder->depth = hold->depth;
    holder->held_ms = (uint64_t)((hold->lost ? hold->lost_ms : model->now_ms) - hold->since_ms);
    holder->dead = hold->lost ? hold->why == HF__LOSS__LOST_DIED : hold->dead;
    holder->has_left = holder->left = hold->left != 0 && !hold->lost;
    holder->has_lost = hold->lost;
    holder->lost = hold->why;
    for (size_t i = 0; i < model->wake_count && hold->lease && !hold->lost; i++) {
        if (model->wakes[i].what == hold->lease) {
            holder->has_lease_left_ms = true;
            holder->lease_left_ms = (uint64_t)(model->wakes[i].due_ms - model->now_ms);
        }
    }
    return holder;
}

hf_status model_check_lease(protobuf_c_boolean given, int64_t lease_ms) {
    return given && lease_ms <= 0 ? HF_INVALID : HF_OK;
}

void model_lease(struct model_run *run, struct model_hold *hold, int64_t lease_ms) {
    if (lease_ms != 0) {
        hold->lease = keep(1);
        hold->lease_ms = lease_ms;
        model_wake_at(run->model, run->object, hold->lease, run->model->now_ms + lease_ms);
        run->model->wakes[run->model->wake_count - 1].lease = true;
    }
}

void model_lose(const struct model *model, struct model_object *object, struct model_hold *hold,
                Hf__Loss why) {
    hold->dead = hold->dead || why == HF__LOSS__LOST_DIED || why == HF__LOSS__LOST_LEFT;
    hold->why = why;
    hold->lost_ms = model->now_ms;
    object->type->holder_died(object, hold);
}

struct model_hold *model_leased(const struct model_wake *wake) {
    for (size_t i = 0; i < wake->object->hold_count; i++) {
        if (wake->object->holds[i].lease == wake->what) {
            return &wake->object->holds[i];
        }
    }
    return NULL;
}

struct model_hold *model_first_hold(struct model *model, const struct model_session *session,
                                    struct model_object **of) {
    struct model_hold *first = NULL;
    for (size_t i = 0; i < model->object_count; i++) {
        struct model_object *object = model->objects[i];
        for (size_t j = 0; j < object->hold_count; j++) {
            struct model_hold *hold = &object->holds[j];
            if (model_owns(session, hold) && (!first || hold->fence < first->fence)) {
                first = hold;
                *of = object;
            }
        }
    }
    return first;
}

/* ---- time ---- */

/* Those of holds that are over. */
static void forget_leases(struct model *model) {
    size_t kept = 0;
    for (size_t i = 0; i < model->wake_count; i++) {
        if (!model->wakes[i].lease || model_leased(&model->wakes[i])) {
            model->wakes[kept++] = model->wakes[i];
        }
    }
    model->wake_count = kept;
}

void model_wake_at(struct model *model, struct model_object *object, void *what, int64_t due_ms) {
    forget_leases(model);
    assert(model->wake_count < MODEL_WAKES_ROOM);
    model->wakes[model->wake_count++] = (struct model_wake){object, what, due_ms, false};
}

void model_wake_off(struct model *model, const void *what) {
    wakes_off(model, NULL, what);
}

struct model_wake *model_next_wake(struct model *model) {
    struct model_wake *next = NULL;
    forget_leases(model);
    for (size_t i = 0; i < model->wake_count; i++) {
        if (!next || model->wakes[i].due_ms < next->due_ms) {
            next = &model->wakes[i];
        }
    }
    return next;
}

/* ---- answers ---- */

bool model_expects(const struct model_run *run, const Hf__Any *value) {
    static const Hf__Expect kinds[] = {
        [HF__ANY__KIND__NOT_SET] = HF__EXPECT__EXPECT_NULL,
        [HF__ANY__KIND_BOOL] = HF__EXPECT__EXPECT_BOOL,
        [HF__ANY__KIND_INT] = HF__EXPECT__EXPECT_INT,
        [HF__ANY__KIND_DOUBLE] = HF__EXPECT__EXPECT_DOUBLE,
        [HF__ANY__KIND_STRING] = HF__EXPECT__EXPECT_STRING,
        [HF__ANY__KIND_BYTES] = HF__EXPECT__EXPECT_BYTES,
        [HF__ANY__KIND_LIST] = HF__EXPECT__EXPECT_LIST,
        [HF__ANY__KIND_MAP] = HF__EXPECT__EXPECT_MAP,
        [HF__ANY__KIND_REF] = HF__EXPECT__EXPECT_REF,
        [HF__ANY__KIND_TUPLE] = HF__EXPECT__EXPECT_TUPLE,
        [HF__ANY__KIND_BIG] = HF__EXPECT__EXPECT_BIG,
        [HF__ANY__KIND_OPAQUE] = HF__EXPECT__EXPECT_OPAQUE,
    };
    if (!run->request->has_expect || run->request->expect & kinds[value->kind_case]) {
        return true;
    }
    bool is_text = value->kind_case == HF__ANY__KIND_STRING &&
                   !(value->string.len > 0 && memchr(value->string.data, 0, value->string.len));
    return is_text && run->request->expect & HF__EXPECT__EXPECT_TEXT;
}

hf_status model_answer_value(struct model_run *run, Hf__Any *value) {
    run->reply->result_case = HF__REPLY__RESULT_VALUE;
    run->reply->value = model_tell(run, value);
    return HF_OK;
}

hf_status model_answer_count(struct model_run *run, uint64_t count) {
    run->reply->result_case = HF__REPLY__RESULT_COUNT;
    run->reply->count = count;
    return HF_OK;
}

hf_status model_answer_truth(struct model_run *run, bool truth) {
    run->reply->result_case = HF__REPLY__RESULT_TRUTH;
    run->reply->truth = truth;
    return HF_OK;
}

hf_status model_answer_values(struct model_run *run, Hf__Any **values, size_t count) {
    Hf__AnyList *list = keep(sizeof *list);
    hf__any_list__init(list);
    list->items = keep(count * sizeof(Hf__Any *));
    for (; list->n_items < count; list->n_items++) {
        list->items[list->n_items] = model_tell(run, values[list->n_items]);
    }
    run->reply->result_case = HF__REPLY__RESULT_VALUES;
    run->reply->values = list;
    return HF_OK;
}

void model_remember_cursor(struct model *model, const uint64_t *value,
                           const struct model_object *object, uint64_t after) {
    model->cursors[model->cursor_count++ % MODEL_CURSORS_ROOM] =
        (struct model_cursor){value, object, object ? object->cleared : 0, after};
}

uint64_t model_cursor_after(const struct model *model, const struct model_object *object,
                            uint64_t value) {
    for (size_t i = 0; i < MODEL_CURSORS_ROOM && value != 0; i++) {
        const struct model_cursor *cursor = &model->cursors[i];
        if (cursor->value && *cursor->value == value && cursor->object == object &&
            cursor->cleared == (object ? object->cleared : 0)) {
            return cursor->after;
        }
    }
    return 0;
}

bool model_item_is_over(const struct model *model, const struct model_item *item) {
    return item->due_ms > 0 && item->due_ms <= model->now_ms;
}

hf_status model_answer_page(struct model_run *run, uint64_t cursor, uint32_t limit, bool with_keys,
                            bool with_values) {
    struct model_object *object = run->object;
    uint64_t after = model_cursor_after(run->model, object, cursor);
    size_t shown = 0;
    Hf__Page *page = keep(sizeof *page);
    hf__page__init(page);
    page->keys = keep(MODEL_ITEMS_MAX * sizeof(Hf__Any *));
    page->values = keep(MODEL_ITEMS_MAX * sizeof(Hf__Any *));
    for (size_t i = 0; i < object->item_count; i++) {
        if (object->items[i].added <= after || model_item_is_over(run->model, &object->items[i])) {
            continue;
        }
        if (limit != 0 && shown == limit) {
            page->has_next = true;
            break;
        }
        page->keys[shown] = object->items[i].key;
        page->values[shown++] = object->items[i].value;
        if (with_keys) {
            (void)model_tell(run, object->items[i].key);
        }
        if (with_values) {
            (void)model_tell(run, object->items[i].value);
        }
        after = object->items[i].added;
    }
    page->has_version = page->has_structure = true;
    page->version = object->version;
    page->structure = object->structure;
    page->n_keys = with_keys ? shown : 0;
    page->n_values = with_values ? shown : 0;
    if (page->has_next) {
        model_remember_cursor(run->model, &page->next, object, after);
    }
    run->reply->result_case = HF__REPLY__RESULT_PAGE;
    run->reply->page = page;
    return HF_OK;
}
