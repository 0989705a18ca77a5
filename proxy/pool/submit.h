/* SPDX-License-Identifier: MIT
 *
 * What submitting has in common.
 */
#ifndef HF_SUBMIT_H
#define HF_SUBMIT_H

#include "submission.h"

/** A function for each of these values. May wait for the number of workers. */
struct submission submission_of_map(struct hf_pool *pool, const char *function, const hf_any *items,
                                    size_t count, const hf_task_options *options);

#endif
