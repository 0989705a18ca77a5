/* SPDX-License-Identifier: MIT
 *
 * json_line: whether standard input is one line of JSON. Prints it with its members sorted, so that
 * a script can compare it; exit status 1 where it is something else.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    static char line[1 << 20];
    size_t len = fread(line, 1, sizeof line - 1, stdin);
    json_t *json = json_loadb(line, len, 0, NULL);
    const char *end = memchr(line, '\n', len);
    if (!json || end != line + len - 1) {
        (void)fprintf(stderr, "not a line of JSON: %s\n", line);
        json_decref(json);
        return 1;
    }
    (void)json_dumpf(json, stdout, JSON_COMPACT | JSON_SORT_KEYS);
    (void)putchar('\n');
    json_decref(json);
    return 0;
}
