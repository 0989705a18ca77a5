/* SPDX-License-Identifier: MIT
 *
 * cache: pages of a shop, kept for all its servers. The cache has room for three pages, and the one
 * that nobody has asked for longest makes room for another. A page is no longer right after an
 * hour: then it expires. A watch tells of each page that went, and why.
 *
 * Teaches: hf_dict_open_options, hf_dict_set_ttl, hf_dict_expire, HF_CAUSE_EVICTED,
 * HF_CAUSE_EXPIRED.
 *
 * Prints:
 *     apples: made
 *     pears: made
 *     plums: made
 *     apples: from the cache
 *     cherries: made
 *     EVICTED pears
 *     apples: from the cache
 *     pears: made
 *     EVICTED plums
 *     EXPIRED apples
 *     apples: made
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

enum { PAGES = 3, HOUR_MS = 3600 * 1000 };

/* Get a page from the cache; make it if it is not there. */
static void show_page(hf_dict cache, const char *name) {
    char *page = NULL;
    hf_status status = hf_dict_get_string(cache, name, &page);
    if (status == HF_KEY_ERROR) {
        hf_any made = hf_any_string("<html>a page that took long to make</html>");
        check(hf_dict_set_ttl(cache, hf_any_string(name), made, HOUR_MS));
        printf("%s: made\n", name);
        return;
    }
    check(status);
    printf("%s: from the cache\n", name);
    free(page);
}

/* Wait until a page has gone, and print why. */
static void show_what_went(hf_watch watch, uint64_t *after) {
    bool gone = false;
    while (!gone) {
        hf_changes changes;
        check(hf_watch_next(watch, after, 1, -1, &changes));
        const hf_change *change = &changes.items[0];
        gone = change->cause == HF_CAUSE_EVICTED || change->cause == HF_CAUSE_EXPIRED;
        if (gone) { /* its operation is the delete that would have done the same */
            printf("%s %s\n", hf_cause_name(change->cause),
                   change->arguments.pairs[0].value.string);
        }
        hf_changes_clear(&changes);
    }
}

int main(void) {
    hf_client *client = open_client();
    const hf_dict_options options = {.max_items = PAGES, .eviction = HF_LEAST_RECENTLY_USED};
    hf_dict cache;
    hf_watch watch;
    uint64_t after = 0;
    check(hf_dict_open_options(client, "pages", &options, &cache));
    check(hf_watch_open(client, NULL, &(hf_watch_options){.object = cache.id}, &watch));

    show_page(cache, "apples");
    show_page(cache, "pears");
    show_page(cache, "plums");
    show_page(cache, "apples");
    show_page(cache, "cherries");
    show_what_went(watch, &after);
    show_page(cache, "apples");
    show_page(cache, "pears");
    show_what_went(watch, &after);

    check(hf_dict_expire(cache, hf_any_string("apples"), 1)); /* the hour is over */
    show_what_went(watch, &after);
    show_page(cache, "apples");

    close_client(client);
    return 0;
}
