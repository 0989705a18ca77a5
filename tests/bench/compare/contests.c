/* SPDX-License-Identifier: MIT
 *
 * The contests: one row each.
 */
#include "contest.h"

#define K UINT64_C(1000)
#define M UINT64_C(1000000)

const struct contest contests[] = {
    {.name = "get/set",
     .task = &task_get_set,
     .shapes = {{1, 1, 0, 0, 0}, {16, 1, 0, 0, 0}, {100, 1, 0, 0, 0}, {1000, 1, 0, 0, 0}},
     .drivers = {&holdfast_driver, &redis_driver, &memcached_driver, &manager_driver,
                 &floor_driver}},
    {.name = "get/set, pipelined",
     .task = &task_get_set,
     .shapes = {{1, 16, 0, 0, 0}, {16, 16, 0, 0, 0}, {100, 16, 0, 0, 0}},
     .drivers = {&holdfast_driver, &redis_driver}},
    {.name = "atomic decrement",
     .task = &task_subtract,
     .shapes = {{100, 1, 0, 0, 0}},
     .drivers = {&holdfast_driver, &redis_driver}},
    {.name = "locked decrement",
     .task = &task_locked,
     .shapes = {{100, 1, 0, 0, 0}},
     .drivers = {&holdfast_driver, &holdfast_folded_driver, &redis_driver, &redis_pipelined_driver,
                 &redis_lease_driver, &manager_driver, &manager_own_lock_driver, &mutex_driver}},
    {.name = "queue: put, then get",
     .task = &task_put_take,
     .shapes = {{100, 1, 0, 0, 0}},
     .drivers = {&holdfast_driver, &redis_driver, &manager_driver, &queue_driver}},
    {.name = "queue: half put, half get",
     .task = &task_stream,
     .shapes = {{2, 1, 1, 0, 0}, {40, 1, 20, 0, 0}},
     .drivers = {&holdfast_driver, &redis_driver, &manager_driver, &queue_driver}},
#define POOL(workers)                                                                              \
    { 1, 3000, 0, 0, workers }
    {.name = "pool of 2: map",
     .task = &task_map,
     .shapes = {POOL(2)},
     .drivers = {&holdfast_pool_driver, &pool_driver}},
    {.name = "pool of 4: map",
     .task = &task_map,
     .shapes = {POOL(4)},
     .drivers = {&holdfast_pool_driver, &pool_driver}},
    {.name = "pool of 2: single tasks",
     .task = &task_apply,
     .shapes = {POOL(2)},
     .drivers = {&holdfast_pool_driver, &pool_driver}},
    {.name = "pool of 4: single tasks",
     .task = &task_apply,
     .shapes = {POOL(4)},
     .drivers = {&holdfast_pool_driver, &pool_driver}},
    {.name = "a process for each task",
     .task = &task_spawn,
     .shapes = {{1, 1, 0, 0, 0}},
     .drivers = {&holdfast_pool_driver, &pool_driver}},
    {.name = "connect and get once",
     .task = &task_connect,
     .shapes = {{100, 1, 0, 0, 0}, {1000, 1, 0, 0, 0}},
     .drivers = {&holdfast_driver, &redis_driver}},
    {.name = "growth: clients",
     .task = &task_get_set,
     .shapes = {{10, 1, 0, 0, 0}, {100, 1, 0, 0, 0}, {1000, 1, 0, 0, 0}, {5000, 1, 0, 0, 0}},
     .drivers = {&holdfast_driver, &redis_driver}},
    {.name = "growth: entries",
     .task = &task_get_set,
     .shapes = {{100, 1, 0, 1 * K, 0}, {100, 1, 0, 100 * K, 0}, {100, 1, 0, 10 * M, 0}},
     .drivers = {&holdfast_driver, &redis_driver}},
};

const unsigned contest_count = sizeof contests / sizeof contests[0];
