/* SPDX-License-Identifier: MIT
 *
 * The model of a dict: operations on many items; and those that only a namespace has.
 */
#include "keep.h"
#include "make.h"
#include "model.h"
#include "model_dict.h"
#include "naive.h"

enum { INPUT_MOST = 3 };

/* ---- update ---- */

static void make_update(struct maker *maker) {
    Hf__Item *items[INPUT_MOST];
    for (size_t i = 0; i < INPUT_MOST; i++) {
        items[i] = keep(sizeof *items[i]);
        hf__item__init(items[i]);
        items[i]->key = maker_key(maker);
        items[i]->value = maker_any(maker);
    }
    maker_emit(maker, REQUEST(maker->object, dict_update, .items = items,
                              .n_items = maker_roll(maker, INPUT_MOST + 1),
                              .has_ttl_ms = maker_has_ttl(maker), .ttl_ms = maker_ttl(maker)));
}

/* Whether the key comes earlier in the request too. */
static bool repeated(const struct model_run *run, size_t at) {
    const Hf__DictUpdate *in = run->request->dict_update;
    for (size_t i = 0; i < at; i++) {
        if (naive_same(run->object->equality, in->items[i]->key, in->items[at]->key)) {
            return true;
        }
    }
    return false;
}

static hf_status update(struct model_run *run) {
    const Hf__DictUpdate *in = run->request->dict_update;
    size_t new_items = 0;
    if (in->has_ttl_ms && in->ttl_ms == 0) {
        return HF_INVALID;
    }
    for (size_t i = 0; i < in->n_items; i++) {
        if (!dict_good_key(run->object, in->items[i]->key)) {
            return HF_TYPE_ERROR;
        }
        bool new = dict_find(run, in->items[i]->key) == DICT_NOWHERE && !repeated(run, i);
        new_items += new;
    }
    size_t room = dict_room(run->object);
    while (new_items > 0 && run->object->item_count + new_items > room &&
           dict_drop_expired(run->model, run->object)) {
    }
    if (new_items > 0 && run->object->item_count + new_items > room) {
        return HF_LIMIT;
    }
    for (size_t i = 0; i < in->n_items; i++) {
        (void)dict_store(run, in->items[i]->key, in->items[i]->value,
                         dict_due(run, in->has_ttl_ms, in->ttl_ms));
    }
    return HF_OK;
}

/* ---- pages ---- */

/* Pages of keys, values and items can be continued by each other. */
static void make_page(struct maker *maker) {
    uint64_t cursor = maker_cursor(maker, model_find(maker->model, maker->object));
    uint32_t limit = (uint32_t)maker_roll(maker, 5);
    switch (maker_roll(maker, 3)) {
    case 0:
        maker_emit(maker, REQUEST(maker->object, dict_keys, .has_cursor = true, .cursor = cursor,
                                  .has_limit = true, .limit = limit));
        break;
    case 1:
        maker_emit(maker, REQUEST(maker->object, dict_values, .has_cursor = true, .cursor = cursor,
                                  .has_limit = true, .limit = limit));
        break;
    default:
        maker_emit(maker, REQUEST(maker->object, dict_items, .has_cursor = true, .cursor = cursor,
                                  .has_limit = true, .limit = limit));
        break;
    }
}

static hf_status keys(struct model_run *run) {
    const Hf__DictKeys *in = run->request->dict_keys;
    return model_answer_page(run, in->cursor, in->limit, true, false);
}

static hf_status values(struct model_run *run) {
    const Hf__DictValues *in = run->request->dict_values;
    return model_answer_page(run, in->cursor, in->limit, false, true);
}

static hf_status items(struct model_run *run) {
    const Hf__DictItems *in = run->request->dict_items;
    return model_answer_page(run, in->cursor, in->limit, true, true);
}

/* ---- the whole dict ---- */

static void make_whole(struct maker *maker) {
    if (maker_chance(maker, 5)) {
        maker_emit(maker, REQUEST(maker->object, dict_clear));
    } else if (maker_chance(maker, 50)) {
        maker_emit(maker, REQUEST(maker->object, dict_len));
    } else {
        maker_emit(maker, REQUEST(maker->object, dict_copy));
    }
}

static hf_status dict_len(struct model_run *run) {
    size_t count = 0;
    for (size_t i = 0; i < run->object->item_count; i++) {
        count += !model_item_is_over(run->model, &run->object->items[i]);
    }
    return model_answer_count(run, count);
}

static hf_status dict_clear(struct model_run *run) {
    run->object->structure += run->object->item_count;
    run->object->item_count = 0;
    run->object->cleared++;
    dict_rearm(run->model, run->object);
    return HF_OK;
}

static hf_status dict_copy(struct model_run *run) {
    Hf__AnyMap *copied = keep(sizeof *copied);
    hf__any_map__init(copied);
    copied->items = keep(MODEL_ITEMS_MAX * sizeof(Hf__Item *));
    for (size_t i = 0; i < run->object->item_count; i++) {
        if (model_item_is_over(run->model, &run->object->items[i])) {
            continue;
        }
        Hf__Item *item = keep(sizeof *item);
        hf__item__init(item);
        item->key = run->object->items[i].key;
        item->value = run->object->items[i].value;
        copied->items[copied->n_items++] = item;
    }
    return model_answer_value(run, naive_map(copied));
}

static const struct model_op dict_ops[] = {
    {HF__REQUEST__OP_DICT_LEN, 12, make_whole, dict_len, NULL, 0, 0},
    {HF__REQUEST__OP_DICT_UPDATE, 10, make_update, update, NULL, MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_DICT_KEYS, 15, make_page, keys, NULL, 0, 0},
    {HF__REQUEST__OP_DICT_VALUES, 0, make_page, values, NULL, 0, 0},
    {HF__REQUEST__OP_DICT_ITEMS, 0, make_page, items, NULL, 0, 0},
    {HF__REQUEST__OP_DICT_CLEAR, 0, make_whole, dict_clear, NULL, MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_DICT_COPY, 0, make_whole, dict_copy, NULL, 0, 0},
};

const struct model_type model_dict_whole = {
    .name = "dict",
    .ops = dict_ops,
    .op_count = sizeof dict_ops / sizeof dict_ops[0],
};

/* ---- namespace ---- */

static void make_dict_open(struct maker *maker) {
    Hf__Item *initial[DICT_INITIAL_MOST];
    size_t count = dict_make_initial(maker, initial);
    bool bounded = maker_chance(maker, 40);
    maker_emit(maker,
               REQUEST(maker->object, namespace_open, .name = maker_name(maker), .has_mode = true,
                       .mode = maker_mode(maker), .has_max_items = bounded,
                       .max_items = maker_max_items(maker),
                       .has_eviction = bounded || maker_chance(maker, 2),
                       .eviction = maker_eviction(maker), .initial = initial, .n_initial = count));
}

static hf_status fill(struct model_run *run) {
    const Hf__NamespaceOpen *in = run->request->namespace_open;
    return dict_fill(run, in->initial, in->n_initial);
}

static hf_status dict_open(struct model_run *run) {
    const Hf__NamespaceOpen *in = run->request->namespace_open;
    return dict_open_bounded(run, &model_namespace, in->name, in->mode,
                             (struct dict_bound){in->has_max_items ? in->max_items : 0,
                                                 in->has_eviction ? in->eviction : 0});
}

static const struct model_op namespace_ops[] = {
    {HF__REQUEST__OP_NAMESPACE_OPEN, 20, make_dict_open, dict_open, NULL,
     MODEL_OPENS | MODEL_CHANGES, 0},
};

const struct model_type model_namespace = {
    .tag = HF__TYPE__NAMESPACE,
    .name = "namespace",
    .ops = namespace_ops,
    .op_count = sizeof namespace_ops / sizeof namespace_ops[0],
    .fill = fill,
    .like = &model_dict,
    .ended_by_time = dict_ended_by_time,
    .size = model_item_count,
};
