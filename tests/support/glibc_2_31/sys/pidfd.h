/* SPDX-License-Identifier: MIT
 *
 * This header came with glibc 2.36.
 */
#error "sys/pidfd.h: no such file"
