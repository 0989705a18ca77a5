/* SPDX-License-Identifier: MIT
 *
 * Checks of what the comparison relies on. If one fails, the process says so and ends, together
 * with those that it has started: an attempt (attempt.h), or all of it.
 */
#ifndef COMPARE_CHECK_H
#define COMPARE_CHECK_H

_Noreturn void give_up(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** must(condition, "what is wrong if it does not hold", ...) */
#define must(condition, ...) ((condition) ? (void)0 : give_up(__VA_ARGS__))

#endif
