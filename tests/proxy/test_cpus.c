/* SPDX-License-Identifier: MIT
 *
 * Quotas of CPU time, read from folders that look like the system's.
 */
#include "cpus.h"

#include <errno.h>
#include <ftw.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

enum { FILES_MAX = 6 };

#define V2_MOUNT "30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
#define V1_MOUNT                                                                                   \
    "33 32 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"                            \
    "34 32 0:31 / /sys/fs/cgroup/cpu,cpuacct rw shared:11 - cgroup cgroup rw,cpu,cpuacct\n"
#define V1_FOLDER "/sys/fs/cgroup/cpu,cpuacct"

struct file {
    const char *path;
    const char *text;
};

/* A system, and the CPUs that its quotas allow. */
struct system {
    const char *name;
    size_t cpus;
    const char *groups;
    const char *mounts;
    struct file files[FILES_MAX];
};

static const struct system systems[] = {
    {"no groups at all", SIZE_MAX, NULL, NULL, {{NULL, NULL}}},
    {"half a CPU", 1, "0::/app\n", V2_MOUNT, {{"/sys/fs/cgroup/app/cpu.max", "50000 100000\n"}}},
    {"one and a half", 2, "0::/app\n", V2_MOUNT, {{"/sys/fs/cgroup/app/cpu.max", "150000 100000"}}},
    {"two", 2, "0::/app\n", V2_MOUNT, {{"/sys/fs/cgroup/app/cpu.max", "20000 10000\n"}}},
    {"no quota", SIZE_MAX, "0::/a\n", V2_MOUNT, {{"/sys/fs/cgroup/a/cpu.max", "max 100000\n"}}},
    {"a quota of a group around it",
     3,
     "0::/slice/app/task\n",
     V2_MOUNT,
     {{"/sys/fs/cgroup/slice/app/task/cpu.max", "max 100000\n"},
      {"/sys/fs/cgroup/slice/app/cpu.max", "400000 100000\n"},
      {"/sys/fs/cgroup/slice/cpu.max", "300000 100000\n"},
      {"/sys/fs/cgroup/cpu.stat", "usage_usec 1\n"}}},
    {"in a container, the mounted group is its own",
     1,
     "0::/\n",
     V2_MOUNT,
     {{"/sys/fs/cgroup/cpu.max", "100000 100000\n"}}},
    {"a group outside of what is mounted",
     4,
     "0::/../other\n",
     V2_MOUNT,
     {{"/sys/fs/cgroup/cpu.max", "400000 100000\n"}, {"/sys/fs/other/cpu.max", "1000 100000\n"}}},
    {"version 1",
     2,
     "9:name=systemd:/\n4:cpu,cpuacct:/app\n3:cpuset:/\n0::/\n",
     V1_MOUNT,
     {{V1_FOLDER "/app/cpu.cfs_quota_us", "120000\n"},
      {V1_FOLDER "/app/cpu.cfs_period_us", "100000\n"},
      {V1_FOLDER "/cpu.cfs_quota_us", "-1\n"},
      {V1_FOLDER "/cpu.cfs_period_us", "100000\n"}}},
    {"version 1 without a quota",
     SIZE_MAX,
     "4:cpuacct,cpu:/app\n",
     V1_MOUNT,
     {{V1_FOLDER "/app/cpu.cfs_quota_us", "-1\n"},
      {V1_FOLDER "/app/cpu.cfs_period_us", "100000\n"}}},
    {"version 1, where a container sees its path outside",
     1,
     "4:cpu:/docker/0123\n",
     "34 32 0:31 /docker/0123 /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n",
     {{"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n"},
      {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}}},
    {"both versions",
     1,
     "1:cpu:/a\n0::/b\n",
     V1_MOUNT "40 32 0:33 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
     {{V1_FOLDER "/a/cpu.cfs_quota_us", "300000\n"},
      {V1_FOLDER "/a/cpu.cfs_period_us", "100000\n"},
      {"/sys/fs/cgroup/unified/b/cpu.max", "10000 100000\n"}}},
    {"nonsense",
     SIZE_MAX,
     "\n:\n0:\n0::/a\n",
     "\n - \nx - y\n" V2_MOUNT,
     {{"/sys/fs/cgroup/a/cpu.max", "none\n"}, {"/sys/fs/cgroup/cpu.max", "-5 100000\n"}}},
};

static char root[64];

static void write_file(const char *path, const char *text) {
    char whole[512];
    (void)snprintf(whole, sizeof whole, "%s%s", root, path);
    for (char *slash = strchr(whole + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        assert_true(mkdir(whole, 0700) == 0 || errno == EEXIST);
        *slash = '/';
    }
    FILE *file = fopen(whole, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *where) {
    (void)facts;
    (void)kind;
    (void)where;
    return remove(path);
}

static void each_quota_is_found(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof systems / sizeof systems[0]; i++) {
        const struct system *system = &systems[i];
        (void)snprintf(root, sizeof root, "/tmp/hf-cpus.XXXXXX");
        assert_non_null(mkdtemp(root));
        if (system->groups) {
            write_file("/proc/self/cgroup", system->groups);
            write_file("/proc/self/mountinfo", system->mounts);
        }
        for (size_t f = 0; f < FILES_MAX && system->files[f].path; f++) {
            write_file(system->files[f].path, system->files[f].text);
        }
        size_t cpus = cpus_by_quota(root);
        assert_int_equal(nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
        if (cpus != system->cpus) {
            fail_msg("%s: %zu CPUs instead of %zu", system->name, cpus, system->cpus);
        }
    }
}

static void a_process_may_use_no_more_cpus_than_it_has(void **state) {
    cpu_set_t set;
    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof set, &set), 0);
    assert_true(cpus_usable() >= 1 && cpus_usable() <= (size_t)CPU_COUNT(&set));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_quota_is_found),
        cmocka_unit_test(a_process_may_use_no_more_cpus_than_it_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
