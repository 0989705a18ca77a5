/* SPDX-License-Identifier: MIT
 *
 * See any_new.h.
 */
#include "any_new.h"

#include "wire.h"

#include <assert.h>
#include <holdfast/client.h>
#include <stdlib.h>

Hf__Any *any_new(Hf__Any__KindCase kind) {
    Hf__Any *any = shell_alloc(1, sizeof *any);
    hf__any__init(any);
    any->kind_case = kind;
    return any;
}

Hf__AnyMap *any_new_map(size_t count) {
    Hf__AnyMap *map = shell_alloc(1, sizeof *map);
    hf__any_map__init(map);
    map->items = shell_alloc(count, sizeof *map->items);
    return map;
}

void any_add_item(Hf__AnyMap *map, Hf__Any *key, Hf__Any *value) {
    assert(key && value);
    Hf__Item *item = shell_alloc(1, sizeof *item);
    hf__item__init(item);
    item->key = key;
    item->value = value;
    map->items[map->n_items++] = item;
}

Hf__Any *any_take(hf_any *value, struct fault *fault) {
    struct scratch scratch;
    Hf__Any wire;
    Hf__Any *any = NULL;
    scratch_init(&scratch);
    if (wire_put(&scratch, *value, &wire) == HF_OK) {
        size_t len = hf__any__get_packed_size(&wire);
        uint8_t *packed = shell_alloc(len + 1, 1);
        (void)hf__any__pack(&wire, packed);
        any = shell_require(hf__any__unpack(NULL, len, packed));
        free(packed);
    } else {
        (void)shell_fault(fault, "%s", hf_last_detail());
    }
    scratch_fini(&scratch);
    hf_any_clear(value);
    return any;
}
