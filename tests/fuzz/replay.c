/* SPDX-License-Identifier: MIT
 *
 * Runs the fuzzer's function over files, for builds without libFuzzer: the corpus is thus part of
 * every test run.
 *
 *     fuzz_replay FILE-OR-DIRECTORY...
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replayed;

static int replay_file(FILE *file, const char *path) {
    uint8_t *bytes = NULL;
    size_t len = 0;
    size_t got = 0;
    do {
        uint8_t *grown = realloc(bytes, len + 4096);
        if (!grown) {
            free(bytes);
            return 1;
        }
        bytes = grown;
        got = fread(bytes + len, 1, 4096, file);
        len += got;
    } while (got > 0);
    (void)fprintf(stderr, "%s\n", path);
    (void)LLVMFuzzerTestOneInput(bytes, len);
    /* And cut short, which is where sessions end in the middle of something. */
    for (size_t cut = len; cut > 1; cut -= cut / 8 + 1) {
        (void)LLVMFuzzerTestOneInput(bytes, cut - 1);
    }
    free(bytes);
    replayed++;
    return 0;
}

static int replay(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    int result = replay_file(file, path);
    (void)fclose(file);
    return result;
}

static int replay_directory(DIR *directory, const char *path) {
    int result = 0;
    const struct dirent *entry = NULL;
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.') {
            char name[4096];
            (void)snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
            result |= replay(name);
        }
    }
    return result;
}

int main(int argc, char **argv) {
    int result = 0;
    for (int i = 1; i < argc; i++) {
        DIR *directory = opendir(argv[i]);
        if (directory) {
            result |= replay_directory(directory, argv[i]);
            (void)closedir(directory);
        } else {
            result |= replay(argv[i]);
        }
    }
    return result || replayed == 0;
}
