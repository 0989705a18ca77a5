/* SPDX-License-Identifier: MIT
 *
 * Descriptors that the library keeps in a program that may close them: a program that becomes a
 * daemon closes all descriptors, and files that it opens then get their numbers. So the library
 * knows its files by more than their numbers, and leaves a number alone that has become another
 * file's.
 */
#ifndef HF_DESCRIPTOR_H
#define HF_DESCRIPTOR_H

#include <stdbool.h>
#include <sys/types.h>

/** The file that a descriptor stands for. The kernel gives each socket and each pipe a number of
 * its own, and newer kernels each pidfd; eventfds share one. */
struct file_id {
    dev_t device;
    ino_t inode;
};

/** The file of a descriptor that was just made. */
struct file_id descriptor_file(int fd);

/** Whether the descriptor still stands for this file. False for -1. */
bool descriptor_is(int fd, const struct file_id *file);

/** Close the descriptor, unless its number is another file's by now or it is -1. It becomes -1. */
void descriptor_close(int *fd, const struct file_id *file);

#endif
