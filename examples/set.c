/* SPDX-License-Identifier: MIT
 *
 * set: remember the pages that have been seen. Three crawlers, each a process, follow links that
 * many pages share. The crawler that is the first to add a page to the set fetches it, and no other
 * does. Then the manager compares the set with that of the site map.
 *
 * Teaches: hf_set_add and its output, hf_set_difference, hf_members_of, hf_members_list.
 *
 * Prints:
 *     3 crawlers followed 12 links and fetched 7 pages
 *     in the site map, but no link leads there: /imprint
 *     in the site map, but no link leads there: /terms
 *     linked, but not in the site map: /old
 *     /cart and /shop have been seen: yes
 */
#include "support.h"

#include <stdio.h>

enum { CRAWLERS = 3, LINKS = 4 };

struct crawl {
    hf_set seen;
    hf_value fetched;
};

static void follow_links(int number, void *context) {
    static const char *const links[CRAWLERS][LINKS] = {
        {"/", "/news", "/shop", "/team"},
        {"/news", "/", "/jobs", "/shop"},
        {"/shop", "/cart", "/news", "/old"},
    };
    const struct crawl *all = context;
    for (int i = 0; i < LINKS; i++) {
        bool added = false;
        check(hf_set_add(all->seen, links[number][i], &added)); /* test and add, in one step */
        if (added) {
            check(hf_value_add(all->fetched, 1, NULL, NULL)); /* a crawler would fetch it here */
        }
    }
}

/* Print the pages of one set that the other does not have, in the order of the first. */
static void show_difference(const char *what, hf_set one, hf_set other) {
    hf_any_array pages;
    check(hf_set_difference(one, hf_members_of(other), &pages));
    for (size_t i = 0; i < pages.len; i++) {
        printf("%s: %.*s\n", what, (int)pages.items[i].len, pages.items[i].string);
    }
    hf_any_array_clear(&pages);
}

int main(void) {
    hf_client *client = open_client();
    struct crawl all = {.fetched = new_counter(client)};
    hf_set site_map;
    check(hf_set_open(client, NULL, HF_OPEN_OR_CREATE, &all.seen));
    check(hf_set_open(client, NULL, HF_OPEN_OR_CREATE, &site_map));
    const hf_any pages[] = {
        hf_any_string("/"),      hf_any_string("/imprint"), hf_any_string("/news"),
        hf_any_string("/shop"),  hf_any_string("/cart"),    hf_any_string("/team"),
        hf_any_string("/terms"), hf_any_string("/jobs"),
    };
    check(hf_set_update(site_map, hf_members_list(pages, sizeof pages / sizeof pages[0])));

    workers_run("crawler", CRAWLERS, follow_links, &all);
    printf("%d crawlers followed %d links and fetched %lld pages\n", CRAWLERS, CRAWLERS * LINKS,
           (long long)number_of(all.fetched));
    show_difference("in the site map, but no link leads there", site_map, all.seen);
    show_difference("linked, but not in the site map", all.seen, site_map);

    const hf_any wanted[] = {hf_any_string("/cart"), hf_any_string("/shop")};
    bool has_all = false;
    check(hf_set_is_superset(all.seen, hf_members_list(wanted, 2), &has_all));
    printf("/cart and /shop have been seen: %s\n", has_all ? "yes" : "no");
    close_client(client);
    return 0;
}
