/* SPDX-License-Identifier: MIT
 *
 * In the place of redis.c where hiredis was not installed at build time: systems that are not here.
 */
#include "driver.h"

static struct server absent = {.name = "redis", .args = {"/nonexistent/redis-server"}};

const struct driver redis_driver = {.name = "Redis", .server = &absent, .foreign = true};
const struct driver redis_pipelined_driver = {
    .name = "Redis, pipelined", .server = &absent, .foreign = true};
const struct driver redis_lease_driver = {
    .name = "Redis, lease", .server = &absent, .foreign = true};
