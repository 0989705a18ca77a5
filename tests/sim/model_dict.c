/* SPDX-License-Identifier: MIT
 *
 * The model of a dict: operations on one item.
 */
#include "model_dict.h"
#include "keep.h"
#include "make.h"
#include "model.h"
#include "naive.h"

bool dict_good_key(const struct model_object *object, const Hf__Any *key) {
    return object->type == &model_namespace ? key->kind_case == HF__ANY__KIND_STRING
                                            : naive_can_be_key(key);
}

hf_status dict_store(struct model_run *run, Hf__Any *key, Hf__Any *value, int64_t due_ms) {
    struct model_object *object = run->object;
    size_t at = dict_find(run, key);
    if (at == DICT_NOWHERE && object->item_count >= dict_room(object) &&
        !dict_drop_expired(run->model, object)) {
        return HF_LIMIT;
    }
    if (at != DICT_NOWHERE) {
        object->items[at].value = value;
        object->items[at].stored = ++run->model->clock;
    } else {
        at = object->item_count;
        model_put(run->model, object, at, value);
        object->items[at].key = key;
    }
    object->items[at].due_ms = due_ms;
    object->items[at].used = ++run->model->clock;
    dict_rearm(run->model, object);
    return HF_OK;
}

static Hf__Any *dict_take(struct model_run *run, size_t at) {
    Hf__Any *value = model_take(run->object, at);
    dict_rearm(run->model, run->object);
    return value;
}

static Hf__Any *or_null(Hf__Any *any) {
    return any ? any : keep_any(HF__ANY__KIND__NOT_SET);
}

/* ---- time to live ---- */

bool maker_has_ttl(struct maker *maker) {
    return maker_chance(maker, 30);
}

uint64_t maker_ttl(struct maker *maker) {
    return maker_chance(maker, 94)   ? 1 + maker_roll(maker, 40)
           : maker_chance(maker, 50) ? 1000 + maker_roll(maker, 4000)
                                     : 0;
}

int64_t dict_due(const struct model_run *run, bool has_ttl, uint64_t ttl_ms) {
    return has_ttl ? run->model->now_ms + (int64_t)ttl_ms : 0;
}

static int64_t first_end(const struct model_object *object) {
    int64_t first = 0;
    for (size_t i = 0; i < object->item_count; i++) {
        int64_t due_ms = object->items[i].due_ms;
        if (due_ms > 0 && (first == 0 || due_ms < first)) {
            first = due_ms;
        }
    }
    return first;
}

void dict_rearm(struct model *model, struct model_object *object) {
    int64_t first = first_end(object);
    for (size_t i = 0; i < model->wake_count; i++) {
        if (model->wakes[i].what == object && model->wakes[i].due_ms == first) {
            return;
        }
    }
    model_wake_off(model, object);
    if (first > 0) {
        model_wake_at(model, object, object, first);
    }
}

static void dict_tell_removal(struct model *model, struct model_object *object, size_t at,
                              Hf__Cause cause) {
    const Hf__Request request = REQUEST(object->self.id, dict_delete, .key = object->items[at].key);
    model_note(model, object, cause, NULL, &request);
    (void)model_take(object, at);
}

bool dict_drop_expired(struct model *model, struct model_object *object) {
    int64_t first = first_end(object);
    for (size_t i = 0; first > 0 && first <= model->now_ms; i++) {
        if (object->items[i].due_ms == first) {
            dict_tell_removal(model, object, i, HF__CAUSE__EXPIRED);
            dict_rearm(model, object);
            return true;
        }
    }
    return false;
}

size_t dict_find(struct model_run *run, const Hf__Any *key) {
    struct model_object *object = run->object;
    for (size_t i = 0; i < object->item_count; i++) {
        if (!naive_same(object->equality, object->items[i].key, key)) {
            continue;
        }
        if (!model_item_is_over(run->model, &object->items[i])) {
            return i;
        }
        dict_tell_removal(run->model, object, i, HF__CAUSE__EXPIRED);
        dict_rearm(run->model, object);
        break;
    }
    return DICT_NOWHERE;
}

void dict_ended_by_time(struct model *model, struct model_object *object) {
    int64_t first = first_end(object);
    for (size_t i = 0; i < object->item_count;) {
        if (object->items[i].due_ms != first) {
            i++;
            continue;
        }
        dict_tell_removal(model, object, i, HF__CAUSE__EXPIRED);
    }
    dict_rearm(model, object);
}

static void make_dict_expire(struct maker *maker) {
    if (maker_chance(maker, 40)) {
        maker_emit(maker, REQUEST(maker->object, dict_ttl, .key = maker_key(maker)));
    } else if (maker_chance(maker, 50)) {
        maker_emit(maker,
                   REQUEST(maker->object, dict_touch, .key = maker_key(maker),
                           .has_ttl_ms = maker_chance(maker, 80), .ttl_ms = maker_ttl(maker)));
    } else {
        maker_emit(maker,
                   REQUEST(maker->object, dict_expire, .key = maker_key(maker),
                           .has_ttl_ms = maker_chance(maker, 80), .ttl_ms = maker_ttl(maker)));
    }
}

/* Find the key of an item that must be there. */
static hf_status dict_must_find(struct model_run *run, const Hf__Any *key, size_t *at) {
    if (!dict_good_key(run->object, key)) {
        return HF_TYPE_ERROR;
    }
    *at = dict_find(run, key);
    return *at == DICT_NOWHERE ? HF_KEY_ERROR : HF_OK;
}

static hf_status dict_expire(struct model_run *run) {
    const Hf__DictExpire *in = run->request->dict_expire;
    size_t at = 0;
    if (in->has_ttl_ms && in->ttl_ms == 0) {
        return HF_INVALID;
    }
    hf_status status = dict_must_find(run, in->key, &at);
    if (status == HF_OK) {
        run->object->items[at].due_ms = dict_due(run, in->has_ttl_ms, in->ttl_ms);
        dict_rearm(run->model, run->object);
    }
    return status;
}

static hf_status dict_touch(struct model_run *run) {
    const Hf__DictTouch *in = run->request->dict_touch;
    size_t at = 0;
    if (in->has_ttl_ms && in->ttl_ms == 0) {
        return HF_INVALID;
    }
    hf_status status = dict_must_find(run, in->key, &at);
    if (status != HF_OK) {
        return status;
    }
    if (!model_expects(run, run->object->items[at].value)) {
        return HF_TYPE_ERROR;
    }
    run->object->items[at].due_ms = dict_due(run, in->has_ttl_ms, in->ttl_ms);
    run->object->items[at].used = ++run->model->clock;
    dict_rearm(run->model, run->object);
    return model_answer_value(run, run->object->items[at].value);
}

static hf_status dict_ttl(struct model_run *run) {
    size_t at = 0;
    hf_status status = dict_must_find(run, run->request->dict_ttl->key, &at);
    if (status != HF_OK) {
        return status;
    }
    int64_t due_ms = run->object->items[at].due_ms;
    Hf__Any *left = keep_any(due_ms > 0 ? HF__ANY__KIND_INT : HF__ANY__KIND__NOT_SET);
    left->int_ = due_ms > 0 ? due_ms - run->model->now_ms : 0;
    return model_answer_value(run, left);
}

/* ---- a bound ---- */

static const struct dict_bound *bound_of(const struct model_object *object) {
    return object->own;
}

bool dict_evicts(const struct model_object *object) {
    return object && (object->type == &model_dict || object->type == &model_namespace) &&
           bound_of(object)->max_items > 0 && bound_of(object)->eviction > 0;
}

size_t dict_room(const struct model_object *object) {
    const struct dict_bound *bound = bound_of(object);
    bool own = bound->max_items > 0 && bound->eviction == HF__EVICTION__REFUSE &&
               bound->max_items < MODEL_ITEMS_MAX;
    return own ? (size_t)bound->max_items : MODEL_ITEMS_MAX;
}

static size_t first_to_go(const struct model_object *object) {
    size_t first = 0;
    for (size_t i = 0; i < object->item_count; i++) {
        if (bound_of(object)->eviction == HF__EVICTION__LEAST_RECENTLY_USED &&
            object->items[i].used < object->items[first].used) {
            first = i;
        }
    }
    return first;
}

void dict_drop_excess(struct model *model, struct model_object *object) {
    while (bound_of(object)->max_items > 0 && object->item_count > bound_of(object)->max_items) {
        if (!dict_drop_expired(model, object)) {
            dict_tell_removal(model, object, first_to_go(object), HF__CAUSE__EVICTED);
            dict_rearm(model, object);
        }
    }
}

uint64_t maker_max_items(struct maker *maker) {
    return maker_chance(maker, 92) ? 1 + maker_roll(maker, 5) : 20 * maker_roll(maker, 2);
}

Hf__Eviction maker_eviction(struct maker *maker) {
    return maker_chance(maker, 97) ? (Hf__Eviction)maker_roll(maker, 3) : (Hf__Eviction)3;
}

/* A namespace is opened by a message of its own, with the same fields. */
static bool same_bound(const void *own, const Hf__Request *request) {
    const struct dict_bound *bound = own;
    bool is_dict = request->op_case == HF__REQUEST__OP_DICT_OPEN;
    const Hf__DictOpen *dict = is_dict ? request->dict_open : NULL;
    const Hf__NamespaceOpen *space = is_dict ? NULL : request->namespace_open;
    uint64_t max_items = is_dict ? dict->max_items : space->max_items;
    bool has_eviction = is_dict ? dict->has_eviction : space->has_eviction;
    Hf__Eviction eviction = is_dict ? dict->eviction : space->eviction;
    return (max_items == 0 || max_items == bound->max_items) &&
           (!has_eviction || eviction == bound->eviction);
}

hf_status dict_open_bounded(struct model_run *run, const struct model_type *type, const char *name,
                            Hf__Mode mode, struct dict_bound bound) {
    struct dict_bound *own = keep(sizeof *own);
    *own = bound;
    if (bound.eviction > 2 || (bound.eviction > 0 && bound.max_items == 0)) {
        return HF_INVALID;
    }
    return model_open(
        run, (struct model_opening){
                 .type = type, .name = name, .mode = mode, .own = own, .same = same_bound});
}

/* ---- open ---- */

size_t dict_make_initial(struct maker *maker, Hf__Item **items) {
    for (size_t i = 0; i < DICT_INITIAL_MOST; i++) {
        items[i] = keep(sizeof *items[i]);
        hf__item__init(items[i]);
        items[i]->key = maker_key(maker);
        items[i]->value = maker_any(maker);
    }
    return maker_chance(maker, 25) ? maker_roll(maker, DICT_INITIAL_MOST + 1) : 0;
}

hf_status dict_fill(struct model_run *run, Hf__Item **items, size_t count) {
    hf_status status = HF_OK;
    uint64_t most = bound_of(run->object)->max_items;
    for (size_t i = 0; i < count && status == HF_OK; i++) {
        if (!dict_good_key(run->object, items[i]->key)) {
            status = HF_TYPE_ERROR;
        } else if (most > 0 && run->object->item_count >= most &&
                   dict_find(run, items[i]->key) == DICT_NOWHERE) {
            status = HF_LIMIT;
        } else {
            status = dict_store(run, items[i]->key, items[i]->value, 0);
        }
    }
    return status;
}

static void make_dict_open(struct maker *maker) {
    Hf__Item *initial[DICT_INITIAL_MOST];
    size_t count = dict_make_initial(maker, initial);
    bool bounded = maker_chance(maker, 40);
    maker_emit(maker,
               REQUEST(maker->object, dict_open, .name = maker_name(maker), .has_mode = true,
                       .mode = maker_mode(maker), .has_max_items = bounded,
                       .max_items = maker_max_items(maker),
                       .has_eviction = bounded || maker_chance(maker, 2),
                       .eviction = maker_eviction(maker), .initial = initial, .n_initial = count));
}

static hf_status fill(struct model_run *run) {
    const Hf__DictOpen *in = run->request->dict_open;
    return dict_fill(run, in->initial, in->n_initial);
}

static hf_status dict_open(struct model_run *run) {
    const Hf__DictOpen *in = run->request->dict_open;
    return dict_open_bounded(run, &model_dict, in->name, in->mode,
                             (struct dict_bound){in->has_max_items ? in->max_items : 0,
                                                 in->has_eviction ? in->eviction : 0});
}

/* ---- one item ---- */

/* A use of the item, unless it is refused for its kind, or may be taken back. */
static hf_status dict_answer_item(struct model_run *run, size_t at) {
    struct model_item *item = &run->object->items[at];
    bool uses = model_expects(run, item->value) && !run->silent;
    item->used = uses ? ++run->model->clock : item->used;
    return model_answer_value(run, item->value);
}

static void make_dict_get(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, dict_get, .key = maker_key(maker),
                              .fallback = maker_chance(maker, 30) ? maker_any(maker) : NULL));
}

static hf_status dict_get(struct model_run *run) {
    const Hf__DictGet *in = run->request->dict_get;
    if (!dict_good_key(run->object, in->key)) {
        return HF_TYPE_ERROR;
    }
    size_t at = dict_find(run, in->key);
    if (at != DICT_NOWHERE) {
        return dict_answer_item(run, at);
    }
    return in->fallback ? model_answer_value(run, in->fallback) : HF_KEY_ERROR;
}

static void make_dict_set(struct maker *maker) {
    maker_emit(maker,
               REQUEST(maker->object, dict_set, .key = maker_key(maker),
                       .value = maker_chance(maker, 60) ? maker_any(maker) : maker_number(maker),
                       .has_ttl_ms = maker_has_ttl(maker), .ttl_ms = maker_ttl(maker)));
}

static hf_status dict_set(struct model_run *run) {
    const Hf__DictSet *in = run->request->dict_set;
    if (in->has_ttl_ms && in->ttl_ms == 0) {
        return HF_INVALID;
    }
    return dict_good_key(run->object, in->key)
               ? dict_store(run, in->key, in->value, dict_due(run, in->has_ttl_ms, in->ttl_ms))
               : HF_TYPE_ERROR;
}

static void make_dict_delete(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, dict_delete, .key = maker_key(maker)));
}

static hf_status dict_erase(struct model_run *run) {
    const Hf__Any *key = run->request->dict_delete->key;
    if (!dict_good_key(run->object, key)) {
        return HF_TYPE_ERROR;
    }
    size_t at = dict_find(run, key);
    if (at == DICT_NOWHERE) {
        return HF_KEY_ERROR;
    }
    (void)dict_take(run, at);
    return HF_OK;
}

static void make_contains(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, dict_contains, .key = maker_key(maker)));
}

static hf_status dict_contains(struct model_run *run) {
    const Hf__Any *key = run->request->dict_contains->key;
    return dict_good_key(run->object, key)
               ? model_answer_truth(run, dict_find(run, key) != DICT_NOWHERE)
               : HF_TYPE_ERROR;
}

static void make_dict_pop(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, dict_pop, .key = maker_key(maker),
                              .fallback = maker_chance(maker, 30) ? maker_any(maker) : NULL));
}

static hf_status dict_pop(struct model_run *run) {
    const Hf__DictPop *in = run->request->dict_pop;
    if (!dict_good_key(run->object, in->key)) {
        return HF_TYPE_ERROR;
    }
    size_t at = dict_find(run, in->key);
    Hf__Any *value = at != DICT_NOWHERE ? run->object->items[at].value : in->fallback;
    if (!value) {
        return HF_KEY_ERROR;
    }
    if (!model_expects(run, value)) {
        return HF_TYPE_ERROR;
    }
    return model_answer_value(run, at != DICT_NOWHERE ? dict_take(run, at) : value);
}

static void make_popitem(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, dict_popitem));
}

static hf_status popitem(struct model_run *run) {
    struct model_object *object = run->object;
    while (object->item_count > 0 &&
           model_item_is_over(run->model, &object->items[object->item_count - 1])) {
        dict_tell_removal(run->model, object, object->item_count - 1, HF__CAUSE__EXPIRED);
        dict_rearm(run->model, object);
    }
    if (object->item_count == 0) {
        return HF_KEY_ERROR;
    }
    Hf__Item *item = keep(sizeof *item);
    hf__item__init(item);
    item->key = model_tell(run, object->items[object->item_count - 1].key);
    item->value = model_tell(run, dict_take(run, object->item_count - 1));
    run->reply->result_case = HF__REPLY__RESULT_ITEM;
    run->reply->item = item;
    return HF_OK;
}

static void make_setdefault(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, dict_setdefault, .key = maker_key(maker),
                              .value = maker_chance(maker, 80) ? maker_any(maker) : NULL,
                              .has_ttl_ms = maker_has_ttl(maker), .ttl_ms = maker_ttl(maker)));
}

static hf_status setdefault(struct model_run *run) {
    const Hf__DictSetdefault *in = run->request->dict_setdefault;
    if (in->has_ttl_ms && in->ttl_ms == 0) {
        return HF_INVALID;
    }
    if (!dict_good_key(run->object, in->key)) {
        return HF_TYPE_ERROR;
    }
    size_t at = dict_find(run, in->key);
    if (at != DICT_NOWHERE) {
        return dict_answer_item(run, at);
    }
    Hf__Any *value = or_null(in->value);
    hf_status status = dict_store(run, in->key, value, dict_due(run, in->has_ttl_ms, in->ttl_ms));
    if (status != HF_OK) {
        (void)model_tell(run, value); /* it refers to what it would have been told of */
        return status;
    }
    return model_answer_value(run, value);
}

static void make_dict_add(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, dict_add, .key = maker_key(maker),
                              .amount = maker_number(maker), .floor = maker_bound(maker, -2),
                              .ceiling = maker_bound(maker, 8),
                              .initial = maker_chance(maker, 60) ? maker_number(maker) : NULL,
                              .has_ttl_ms = maker_has_ttl(maker), .ttl_ms = maker_ttl(maker)));
}

static hf_status dict_add(struct model_run *run) {
    const Hf__DictAdd *in = run->request->dict_add;
    bool zero = in->has_ttl_ms && in->ttl_ms == 0;
    if (zero || !naive_addition(in->amount, in->floor, in->ceiling) ||
        !dict_good_key(run->object, in->key)) {
        return zero ? HF_INVALID : HF_TYPE_ERROR;
    }
    size_t at = dict_find(run, in->key);
    const Hf__Any *number = at != DICT_NOWHERE ? run->object->items[at].value : in->initial;
    Hf__Any *sum = NULL;
    if (!number) {
        return HF_KEY_ERROR;
    }
    hf_status status = naive_add(number, in->amount, in->floor, in->ceiling, &sum);
    if (status == HF_OK) {
        status = dict_store(run, in->key, sum,
                            at != DICT_NOWHERE ? run->object->items[at].due_ms
                                               : dict_due(run, in->has_ttl_ms, in->ttl_ms));
    }
    return status == HF_OK ? model_answer_value(run, sum) : status;
}

static void make_dict_compare(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, dict_compare_and_set, .key = maker_key(maker),
                              .expected = maker_chance(maker, 70) ? maker_number(maker) : NULL,
                              .replacement = maker_chance(maker, 70) ? maker_any(maker) : NULL,
                              .has_ttl_ms = maker_has_ttl(maker), .ttl_ms = maker_ttl(maker)));
}

static hf_status dict_compare_and_set(struct model_run *run) {
    const Hf__DictCompareAndSet *in = run->request->dict_compare_and_set;
    if (in->has_ttl_ms && in->ttl_ms == 0) {
        return HF_INVALID;
    }
    if (!dict_good_key(run->object, in->key)) {
        return HF_TYPE_ERROR;
    }
    size_t at = dict_find(run, in->key);
    Hf__Any *present = at != DICT_NOWHERE ? run->object->items[at].value : NULL;
    bool as_expected = present && in->expected
                           ? naive_same(run->object->equality, present, in->expected)
                           : !present && !in->expected;
    if (!as_expected) {
        if (present) {
            (void)model_answer_value(run, present);
        }
        return HF_MISMATCH;
    }
    if (in->replacement) {
        return dict_store(run, in->key, in->replacement, dict_due(run, in->has_ttl_ms, in->ttl_ms));
    }
    if (present) {
        (void)dict_take(run, at);
    }
    return HF_OK;
}

static const struct model_op dict_ops[] = {
    {HF__REQUEST__OP_DICT_OPEN, 10, make_dict_open, dict_open, NULL, MODEL_OPENS | MODEL_CHANGES,
     0},
    {HF__REQUEST__OP_DICT_GET, 10, make_dict_get, dict_get, NULL, 0, 0},
    {HF__REQUEST__OP_DICT_SET, 30, make_dict_set, dict_set, NULL, MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_DICT_DELETE, 6, make_dict_delete, dict_erase, NULL,
     MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_DICT_CONTAINS, 3, make_contains, dict_contains, NULL, 0, 0},
    {HF__REQUEST__OP_DICT_POP, 8, make_dict_pop, dict_pop, NULL, MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_DICT_POPITEM, 4, make_popitem, popitem, NULL, MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_DICT_SETDEFAULT, 8, make_setdefault, setdefault, NULL,
     MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_DICT_ADD, 10, make_dict_add, dict_add, NULL, MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_DICT_COMPARE_AND_SET, 8, make_dict_compare, dict_compare_and_set, NULL,
     MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_DICT_EXPIRE, 12, make_dict_expire, dict_expire, NULL,
     MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_DICT_TTL, 0, make_dict_expire, dict_ttl, NULL, 0, 0},
    {HF__REQUEST__OP_DICT_TOUCH, 0, make_dict_expire, dict_touch, NULL,
     MODEL_CHANGES | MODEL_UNDOES, 0},
};

const struct model_type model_dict = {
    .tag = HF__TYPE__DICT,
    .name = "dict",
    .ops = dict_ops,
    .op_count = sizeof dict_ops / sizeof dict_ops[0],
    .fill = fill,
    .like = &model_dict_whole,
    .ended_by_time = dict_ended_by_time,
    .size = model_item_count,
};
