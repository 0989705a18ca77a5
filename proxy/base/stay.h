/* SPDX-License-Identifier: MIT
 *
 * The library's code must stay in the process: a thread that has used it runs some when it ends.
 */
#ifndef HF_STAY_H
#define HF_STAY_H

/** From now on, dlclose() does not unload the plugin that the library is linked into. */
void stay_loaded(void);

#endif
