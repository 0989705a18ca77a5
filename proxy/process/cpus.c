/* SPDX-License-Identifier: MIT
 *
 * See cpus.h. /proc/self/cgroup names the group of this process in each hierarchy, and
 * /proc/self/mountinfo where the hierarchy is mounted. Each folder from the group up to the mount
 * may have a quota. A file that cannot be read sets no limit.
 */
#include "cpus.h"

#include "cancel.h"

#include <assert.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GROUP_PATH_MAX_BYTES = 1024, QUOTA_MAX_BYTES = 64 };

/* A hierarchy of groups: that of version 2, or the one of version 1 that has the CPU. */
struct hierarchy {
    bool unified;                     /* version 2 */
    char group[GROUP_PATH_MAX_BYTES]; /* of this process; "": not found */
    char root[GROUP_PATH_MAX_BYTES];  /* the group that is mounted */
    char mount[GROUP_PATH_MAX_BYTES]; /* where; "": not found */
};

/* ---- files ---- */

static FILE *open_below(const char *root, const char *path) {
    char whole[GROUP_PATH_MAX_BYTES];
    int len = snprintf(whole, sizeof whole, "%s%s", root, path);
    return len > 0 && (size_t)len < sizeof whole ? fopen(whole, "re") : NULL;
}

/* Read a short file. Returns false if it is not there. */
static bool read_quota(const char *folder, const char *name, char text[QUOTA_MAX_BYTES]) {
    FILE *file = open_below(folder, name);
    if (!file) {
        return false;
    }
    bool got = fgets(text, QUOTA_MAX_BYTES, file) != NULL;
    (void)fclose(file);
    return got;
}

/* Whether a list with commas has this word. */
static bool has_word(const char *list, const char *word) {
    size_t len = strlen(word);
    for (; list; list = strchr(list, ',')) {
        list += *list == ',';
        if (strncmp(list, word, len) == 0 && (!list[len] || strchr(", \n", list[len]))) {
            return true;
        }
    }
    return false;
}

typedef void take_line(struct hierarchy *hierarchy, char *line);

static void each_line(const char *root, const char *path, struct hierarchy *hierarchy,
                      take_line *take) {
    FILE *file = open_below(root, path);
    char *line = NULL;
    size_t room = 0;
    while (file && getline(&line, &room, file) > 0) {
        line[strcspn(line, "\n")] = 0;
        take(hierarchy, line);
    }
    free(line);
    if (file) {
        (void)fclose(file);
    }
}

static void copy_path(char to[GROUP_PATH_MAX_BYTES], const char *from) {
    if (strlen(from) < GROUP_PATH_MAX_BYTES) {
        memcpy(to, from, strlen(from) + 1);
    }
}

/* NUMBER:CONTROLLERS:PATH; version 2 is 0::PATH. */
static void take_group(struct hierarchy *hierarchy, char *line) {
    char *controllers = strchr(line, ':');
    char *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path) {
        return;
    }
    *controllers++ = 0;
    *path++ = 0;
    bool unified = strcmp(line, "0") == 0 && !*controllers;
    if (hierarchy->unified ? unified : has_word(controllers, "cpu")) {
        copy_path(hierarchy->group, path);
    }
}

/* ID PARENT DEVICE ROOT MOUNT OPTIONS [TAGS] - TYPE SOURCE OPTIONS */
static void take_mount(struct hierarchy *hierarchy, char *line) {
    char root[GROUP_PATH_MAX_BYTES];
    char mount[GROUP_PATH_MAX_BYTES];
    char type[32];
    char options[GROUP_PATH_MAX_BYTES] = "";
    const char *tail = strstr(line, " - ");
    if (!tail || sscanf(line, "%*s %*s %*s %1023s %1023s", root, mount) != 2 ||
        sscanf(tail, " - %31s %*s %1023s", type, options) < 1) {
        return;
    }
    bool is_it = hierarchy->unified ? strcmp(type, "cgroup2") == 0
                                    : strcmp(type, "cgroup") == 0 && has_word(options, "cpu");
    if (is_it && !hierarchy->mount[0]) {
        copy_path(hierarchy->root, root);
        copy_path(hierarchy->mount, mount);
    }
}

/* ---- quotas ---- */

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* The CPUs of a quota for each period, rounded up. */
static size_t cpus_of(long long quota, long long period) {
    if (quota <= 0 || period <= 0) {
        return SIZE_MAX;
    }
    return (size_t)(quota / period + (quota % period > 0));
}

/* One group has this quota. */
static size_t quota_in(const struct hierarchy *hierarchy, const char *folder) {
    char quota[QUOTA_MAX_BYTES];
    char period[QUOTA_MAX_BYTES];
    if (hierarchy->unified) {
        char *rest = NULL;
        if (!read_quota(folder, "/cpu.max", quota)) {
            return SIZE_MAX;
        }
        long long allowed = strtoll(quota, &rest, 10); /* "max" is 0 */
        return cpus_of(allowed, strtoll(rest, NULL, 10));
    }
    if (!read_quota(folder, "/cpu.cfs_quota_us", quota) ||
        !read_quota(folder, "/cpu.cfs_period_us", period)) {
        return SIZE_MAX;
    }
    return cpus_of(strtoll(quota, NULL, 10), strtoll(period, NULL, 10));
}

/* The path of the group below the mount; "": that is the mounted group itself, or it is not below
 * it. */
static const char *path_below(const struct hierarchy *hierarchy) {
    size_t len = strcmp(hierarchy->root, "/") == 0 ? 0 : strlen(hierarchy->root);
    const char *path = hierarchy->group;
    bool below = strncmp(path, hierarchy->root, len) == 0 && path[len] == '/' && path[len + 1] &&
                 !strstr(path, "/..");
    return below ? path + len : "";
}

static size_t quota_along(const char *root, struct hierarchy *hierarchy) {
    each_line(root, "/proc/self/cgroup", hierarchy, take_group);
    each_line(root, "/proc/self/mountinfo", hierarchy, take_mount);
    if (!hierarchy->group[0] || !hierarchy->mount[0]) {
        return SIZE_MAX;
    }
    char folder[3 * GROUP_PATH_MAX_BYTES];
    (void)snprintf(folder, sizeof folder, "%s%s%s", root, hierarchy->mount, path_below(hierarchy));
    size_t mount_len = strlen(root) + strlen(hierarchy->mount);
    size_t cpus = quota_in(hierarchy, folder);
    while (strlen(folder) > mount_len) {
        char *slash = strrchr(folder, '/');
        assert(slash);
        *slash = 0;
        cpus = least(cpus, quota_in(hierarchy, folder));
    }
    return cpus;
}

size_t cpus_by_quota(const char *root) {
    size_t cpus = SIZE_MAX;
    int before = cancel_off();
    for (int unified = 0; unified < 2; unified++) {
        struct hierarchy hierarchy = {.unified = unified};
        cpus = least(cpus, quota_along(root, &hierarchy));
    }
    cancel_restore(before);
    assert(cpus > 0);
    return cpus;
}

static size_t cpus_by_affinity(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        return (size_t)CPU_COUNT(&set);
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (size_t)online : 1;
}

size_t cpus_usable(void) {
    return least(cpus_by_affinity(), cpus_by_quota(""));
}
