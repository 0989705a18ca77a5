/* SPDX-License-Identifier: MIT
 *
 * Checks of what the comparison relies on. If one fails, the program says so and ends, together
 * with the servers and clients that it has started.
 */
#ifndef COMPARE_CHECK_H
#define COMPARE_CHECK_H

_Noreturn void give_up(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** must(condition, "what is wrong if it does not hold", ...) */
#define must(condition, ...) ((condition) ? (void)0 : give_up(__VA_ARGS__))

#endif
