/* SPDX-License-Identifier: MIT
 *
 * array: numbers of one C kind, of a fixed length, as multiprocessing.Array. They lie side by side
 * as they would in C. A number that does not fit the kind is refused and changes nothing.
 */
#include "bulk.h"
#include "deferred.h"
#include "kind.h"
#include "mem.h"
#include "options.h"
#include "slice.h"
#include "undo.h"

#include <assert.h>

struct array {
    struct object object;
    Hf__Kind kind;
    size_t len;
    uint8_t *items; /* len * kind_size(kind) bytes; NULL if that is 0 */
};

static struct array *array_of(struct call *call) {
    return (struct array *)call->object;
}

static void *array_place(const struct array *array, size_t index) {
    assert(index < array->len);
    return array->items + index * kind_size(array->kind);
}

static struct any array_load(const struct array *array, size_t index) {
    return kind_load(array->kind, array_place(array, index));
}

/* ---- open ---- */

/* The options of an open. */
struct wish {
    Hf__Kind kind;
    bool has_len;
    uint64_t len;
};

static hf_status array_read_wish(struct call *call, struct wish *wish) {
    const Hf__ArrayOpen *in = call->request->array_open;
    hf_status status = kind_asked(call, in->has_kind, in->kind, &wish->kind);
    if (status == HF_OK && wish->kind == HF__KIND__ANY) {
        return call_refuse(call, HF_INVALID, "an array is of numbers; a list is of any values");
    }
    wish->has_len = in->has_len || in->n_initial > 0;
    wish->len = in->has_len ? in->len : in->n_initial;
    if (status == HF_OK && in->n_initial > 0 && in->n_initial != wish->len) {
        return call_refuse(call, HF_INVALID, "there are %zu initial values, but the length is %llu",
                           in->n_initial, (unsigned long long)wish->len);
    }
    return status;
}

static hf_status array_fill(struct call *call, struct array *array) {
    const Hf__ArrayOpen *in = call->request->array_open;
    hf_status status = HF_OK;
    for (size_t i = 0; i < in->n_initial && status == HF_OK; i++) {
        struct any number;
        status = kind_view(call, array->kind, in->initial[i], &number);
        if (status == HF_OK) {
            kind_store(array->kind, &number, array_place(array, i));
        }
    }
    return status;
}

static hf_status array_init(struct object *object, struct call *call) {
    struct array *array = (struct array *)object;
    struct wish wish;
    hf_status status = array_read_wish(call, &wish);
    if (status == HF_OK && !wish.has_len) {
        status = call_refuse(call, HF_INVALID, "a new array needs a length or initial values");
    }
    if (status == HF_OK) {
        status = bulk_check_items(call, wish.len);
    }
    if (status != HF_OK) {
        return status;
    }
    size_t bytes = 0;
    bool fits = !__builtin_mul_overflow(wish.len, kind_size(wish.kind), &bytes);
    array->kind = wish.kind;
    array->items = fits && bytes > 0 ? mem_alloc(bytes) : NULL;
    if (!array->items && wish.len > 0) {
        return HF_NO_MEMORY;
    }
    array->len = (size_t)wish.len;
    return array_fill(call, array);
}

static void array_fini(struct object *object) {
    const struct array *array = (const struct array *)object;
    deferred_free_block(object->registry, array->items, array->len * kind_size(array->kind));
}

static void array_options(const struct object *object, void *open) {
    const struct array *array = (const struct array *)object;
    Hf__ArrayOpen *out = open;
    OPTION(out, kind, array->kind);
    OPTION(out, len, array->len);
}

static uint64_t array_describe(const struct object *object, struct text *options) {
    const struct array *array = (const struct array *)object;
    text_add(options, "%s", kind_name(array->kind));
    return array->len;
}

static hf_status array_open(struct call *call) {
    const Hf__ArrayOpen *in = call->request->array_open;
    struct wish wish;
    hf_status status = array_read_wish(call, &wish);
    return status == HF_OK ? object_open(call, &type_array, in->name, in->mode) : status;
}

/* ---- one item ---- */

static hf_status array_find(struct call *call, int64_t index, size_t *at) {
    return slice_index(call, index, array_of(call)->len, at);
}

static hf_status array_read(struct call *call, int64_t index, size_t *at, struct any *number) {
    hf_status status = array_find(call, index, at);
    if (status == HF_OK) {
        *number = array_load(array_of(call), *at);
    }
    return status;
}

static void array_decide(struct undo_note *note, bool back) {
    const struct array *array = (const struct array *)note->object;
    if (back) {
        kind_store(array->kind, &note->value, array_place(array, note->at));
    }
}

static void array_store(struct call *call, size_t at, const struct any *number) {
    const struct array *array = array_of(call);
    struct undo_note *note = undo_note(call, array_decide);
    if (note) {
        note->at = at;
        note->value = array_load(array, at);
    }
    kind_store(array->kind, number, array_place(array, at));
}

/* Store the number if making it has succeeded. */
static hf_status array_write(struct call *call, hf_status made, size_t at,
                             const struct any *number) {
    if (made == HF_OK) {
        array_store(call, at, number);
    }
    return made;
}

static hf_status array_get(struct call *call) {
    size_t at = 0;
    struct any number;
    hf_status status = array_read(call, call->request->array_get->index, &at, &number);
    return status == HF_OK ? call_answer(call, &number) : status;
}

static hf_status array_set(struct call *call) {
    const Hf__ArraySet *in = call->request->array_set;
    size_t at = 0;
    struct any number;
    hf_status status = array_find(call, in->index, &at);
    if (status == HF_OK) {
        status = kind_view(call, array_of(call)->kind, in->value, &number);
    }
    return array_write(call, status, at, &number);
}

static hf_status array_add(struct call *call) {
    const Hf__ArrayAdd *in = call->request->array_add;
    size_t at = 0;
    struct any number;
    hf_status status = array_read(call, in->index, &at, &number);
    if (status == HF_OK) {
        status = kind_add(call, array_of(call)->kind, &number,
                          (struct kind_addition){in->amount, in->floor, in->ceiling});
    }
    return array_write(call, status, at, &number);
}

static hf_status array_compare_and_set(struct call *call) {
    const Hf__ArrayCompareAndSet *in = call->request->array_compare_and_set;
    size_t at = 0;
    struct any number;
    hf_status status = array_read(call, in->index, &at, &number);
    if (status == HF_OK) {
        status = kind_compare_and_set(call, array_of(call)->kind, &number, in->expected,
                                      in->replacement);
    }
    return array_write(call, status, at, &number);
}

/* ---- many ---- */

static hf_status array_len(struct call *call) {
    return call_answer_count(call, array_of(call)->len);
}

struct selection {
    const struct array *array;
    struct slice slice;
    struct any number; /* the number that was asked for last */
};

static const struct any *array_nth_selected(void *context, size_t n) {
    struct selection *selection = context;
    selection->number = array_load(selection->array, slice_at(&selection->slice, n));
    return &selection->number;
}

static hf_status array_get_slice(struct call *call) {
    const Hf__ArrayGetSlice *in = call->request->array_get_slice;
    struct selection selection = {.array = array_of(call)};
    hf_status status = slice_select(call, array_of(call)->len, SLICE_BOUNDS(in), &selection.slice);
    return status == HF_OK
               ? bulk_answer(call, selection.slice.count, array_nth_selected, &selection)
               : status;
}

static hf_status array_set_slice(struct call *call) {
    const Hf__ArraySetSlice *in = call->request->array_set_slice;
    struct array *array = array_of(call);
    struct slice slice = {0};
    hf_status status = slice_select(call, array->len, SLICE_BOUNDS(in), &slice);
    if (status == HF_OK) {
        status = slice_check_count(call, &slice, in->n_values);
    }
    struct any *numbers =
        status == HF_OK ? arena_zeroed(call->arena, in->n_values, sizeof *numbers) : NULL;
    if (status == HF_OK && (!numbers || !undo_reserve(call, in->n_values))) {
        return HF_NO_MEMORY;
    }
    for (size_t i = 0; i < in->n_values && status == HF_OK; i++) {
        status = kind_view(call, array->kind, in->values[i], &numbers[i]);
    }
    for (size_t i = 0; i < in->n_values && status == HF_OK; i++) {
        array_store(call, slice_at(&slice, i), &numbers[i]);
    }
    return status;
}

static const struct op array_ops[] = {
    {HF__REQUEST__OP_ARRAY_OPEN, array_open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_ARRAY_GET, array_get, OP_READS, 0},
    {HF__REQUEST__OP_ARRAY_SET, array_set, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_ARRAY_GET_SLICE, array_get_slice, OP_READS, 0},
    {HF__REQUEST__OP_ARRAY_SET_SLICE, array_set_slice, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_ARRAY_LEN, array_len, OP_READS, 0},
    {HF__REQUEST__OP_ARRAY_ADD, array_add, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_ARRAY_COMPARE_AND_SET, array_compare_and_set, OP_CHANGES | OP_UNDOES, 0},
};

const struct type type_array = {
    .tag = HF__TYPE__ARRAY,
    .name = "array",
    .object_size = sizeof(struct array),
    TYPE_OPS(array_ops),
    .init = array_init,
    .fini = array_fini,
    .options = array_options,
    .describe = array_describe,
};
