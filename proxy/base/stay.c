/* SPDX-License-Identifier: MIT
 *
 * See stay.h. The shared library says the same by a linker option. A program that has the static
 * one in itself is never unloaded; it need not even have these functions, so they are weak.
 */
#include "stay.h"

#include <dlfcn.h>
#include <stddef.h>

#pragma weak dladdr
#pragma weak dlopen

void stay_loaded(void) {
    static const char here;
    Dl_info object = {.dli_fname = NULL};
    if (dladdr && dlopen && dladdr(&here, &object) != 0 && object.dli_fname) {
        (void)dlopen(object.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    }
}
