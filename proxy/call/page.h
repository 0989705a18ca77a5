/* SPDX-License-Identifier: MIT
 *
 * Results in pages: the keys, values and items of dicts, the members of sets, the items that a
 * queue has set aside. Their operations have the same arguments, a cursor and a limit. The
 * cursor is 0 before the first page and after the last.
 */
#ifndef HF_PAGE_H
#define HF_PAGE_H

#include "sink.h"

/** Ask for all pages, one after the other. */
HF_MUST_USE hf_status page_all_array(hf_object object, Hf__Request__OpCase op_case,
                                     hf_any_array *out);
HF_MUST_USE hf_status page_all_items(hf_object object, Hf__Request__OpCase op_case,
                                     hf_any_map_array *out);

/** Whether a page came from another run of the manager than the one before it: then it goes on with
 * nothing. `run` is 0 before the first page. */
bool page_is_of_other_run(hf_client *client, uint64_t *run);

/** Before a page is asked for: refuse a cursor of an earlier run of the manager, or NULL. And when
 * the call has ended: its status, which is returned. A call behind the first page has `follows`. */
HF_MUST_USE hf_status page_begin(hf_client *client, const uint64_t *cursor);
HF_MUST_USE hf_status page_end(hf_client *client, hf_status status);

/** Ask for the page at the cursor, which is `sink.more`: the sink stores where the next one
 * begins. */
HF_MUST_USE hf_status page_one(hf_object object, Hf__Request__OpCase op_case, uint32_t limit,
                               struct sink sink);
HF_MUST_USE hf_status page_one_array(hf_object object, Hf__Request__OpCase op_case, uint32_t limit,
                                     uint64_t *cursor, hf_any_array *out);
HF_MUST_USE hf_status page_one_items(hf_object object, Hf__Request__OpCase op_case, uint32_t limit,
                                     uint64_t *cursor, hf_any_map_array *out);

#endif
