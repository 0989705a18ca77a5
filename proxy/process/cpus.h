/* SPDX-License-Identifier: MIT
 *
 * How many CPUs this process may use: those of its affinity, or fewer if its control group, or one
 * around it, has a quota of CPU time (`docker run --cpus`, CPUQuota= of systemd). Half a CPU counts
 * as one.
 */
#ifndef HF_CPUS_H
#define HF_CPUS_H

#include <stddef.h>

/** At least 1. */
size_t cpus_usable(void);

/** The CPUs that quotas allow, at least 1; SIZE_MAX: there is no quota. The system's files are
 * looked for below `root`, which is "" but in tests. */
size_t cpus_by_quota(const char *root);

#endif
