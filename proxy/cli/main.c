/* SPDX-License-Identifier: MIT
 *
 * holdfast: the objects of a manager, from the shell. Reads the command line (line.h), calls the
 * manager (exchange.h) and prints the reply (print.h).
 */
#include "commands.h"
#include "exchange.h"
#include "fields.h"
#include "line.h"
#include "lines.h"
#include "manual.h"
#include "print.h"
#include "standard.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- one operation ---- */

/* A result in pages is fetched to its last page, unless the command line has a cursor or limit. */
struct pages {
    const ProtobufCFieldDescriptor *cursor; /* in the request; NULL: there is only one reply */
    json_t *json;                           /* of all pages so far */
};

static struct pages pages_of(const struct fill *fill) {
    const ProtobufCFieldDescriptor *cursor = ops_field(fill->op.message, "cursor");
    const ProtobufCFieldDescriptor *limit = ops_field(fill->op.message, "limit");
    bool chosen = (cursor && fields_count(fill->message, cursor)) ||
                  (limit && fields_count(fill->message, limit));
    return (struct pages){.cursor = chosen ? NULL : cursor};
}

/* The cursor of the next page; 0: this was the last one. */
static uint64_t next_page(const Hf__Reply *reply) {
    const ProtobufCFieldDescriptor *result = print_result_field(reply);
    if (!result || result->type != PROTOBUF_C_TYPE_MESSAGE) {
        return 0;
    }
    const ProtobufCMessage *message =
        *(const ProtobufCMessage *const *)fields_at(&reply->base, result, 0);
    const ProtobufCFieldDescriptor *next = ops_field(message->descriptor, "next");
    bool more = next && next->type == PROTOBUF_C_TYPE_UINT64 && fields_count(message, next);
    return more ? *(const uint64_t *)fields_at(message, next, 0) : 0;
}

/* Append the columns of a page to those of the pages before it. */
static void add_page(json_t *all, const json_t *page, const char *result) {
    json_t *columns = json_object_get(all, result);
    json_t *more = json_object_get(page, result);
    if (!json_object_get(more, "next")) {
        (void)json_object_del(columns, "next");
    }
    for (void *at = json_object_iter(more); at; at = json_object_iter_next(more, at)) {
        json_t *column = json_object_get(columns, json_object_iter_key(at));
        (void)json_array_extend(column, json_object_iter_value(at));
    }
}

static void show_reply(const struct shell *shell, struct pages *pages, const Hf__Reply *reply) {
    if (!shell->json) {
        print_result(stdout, reply);
        return;
    }
    json_t *json = print_json(reply);
    const ProtobufCFieldDescriptor *result = print_result_field(reply);
    if (pages->json && result) {
        add_page(pages->json, json, result->name);
        json_decref(json);
        return;
    }
    json_decref(pages->json); /* a refusal replaces the pages before it */
    pages->json = json;
}

static enum shell_exit finish_operation(const struct line *line, struct pages *pages,
                                        Hf__Reply *reply) {
    const struct op *op = &line->fill.op;
    char what[2 * OPS_WORD_MAX_BYTES];
    (void)snprintf(what, sizeof what, "%s%s%s", op->type, *op->type ? " " : "", op->word);
    (void)fflush(stdout); /* so that the result comes before the complaint about it */
    exchange_complain(&line->shell, what, reply);
    if (pages->json) {
        print_json_line(stdout, pages->json);
    }
    enum shell_exit code = exchange_exit(&line->shell, reply);
    hf__reply__free_unpacked(reply, NULL);
    return code;
}

static enum shell_exit call_operation(struct line *line) {
    struct fill *fill = &line->fill;
    struct pages pages = pages_of(fill);
    uint64_t object = 0;
    Hf__Reply *reply = NULL;
    assert(line->has_op);
    if (fill->op.on_object) {
        assert(fill->name); /* line_parse() has refused a line without it */
        bool create = manual_find(&fill->op)->flags & MANUAL_CREATES;
        object = exchange_find(&line->shell, fill->op.type, create, fill->name, &reply);
    }
    for (;;) {
        if (!reply) {
            reply = line->shell.lines
                        ? lines_send(&line->shell, object, fill)
                        : exchange_call(&line->shell, object, &fill->op, fill->message);
        }
        uint64_t next = pages.cursor ? next_page(reply) : 0;
        show_reply(&line->shell, &pages, reply);
        if (!next) {
            return finish_operation(line, &pages, reply);
        }
        hf__reply__free_unpacked(reply, NULL);
        reply = NULL;
        ops_add_value(fill->message, pages.cursor, &next);
    }
}

/* ---- the command ---- */

static int cannot_open(const struct line *line, hf_status status) {
    assert(!hf_ok(status));
    const char *what = hf_status_is_fatal(status) ? "cannot connect" : "--guard";
    enum shell_exit code = exchange_fail(&line->shell, what, exchange_failure(status));
    if (status == HF_BAD_ADDRESS || status == HF_SYSTEM) { /* the address, the key file */
        return SHELL_USAGE;
    }
    return line->held_command ? SHELL_LOCK_FAILED : (int)code;
}

static int run_line(struct line *line) {
    if (line->shell.version) {
        (void)puts("holdfast " HF_SOFTWARE_VERSION);
        return SHELL_DONE;
    }
    if (line->shell.help) {
        line_show_help(stdout, line);
        return SHELL_DONE;
    }
    hf_status status = exchange_open(&line->shell);
    if (status != HF_OK) {
        return cannot_open(line, status);
    }
    if (line->command) {
        return (int)line->command->run(&line->shell, line->arguments);
    }
    return line->held_command
               ? run_holding(&line->shell, line->type, line->held_name, line->held_command)
               : (int)call_operation(line);
}

int main(int argc, char **argv) {
    struct line line;
    struct fault fault = {""};
    int code = SHELL_USAGE;
    standard_fill();
    if (line_parse(&line, argc, argv, &fault)) {
        code = run_line(&line);
        exchange_close(&line.shell);
    } else {
        const char *type = line.type ? line.type : "";
        const char *op = line.has_op ? line.fill.op.word : "";
        (void)fprintf(stderr, "holdfast: %s (see holdfast%s%s%s%s --help)\n", fault.text,
                      *type ? " " : "", type, *op ? " " : "", op);
    }
    line_fini(&line);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        (void)fprintf(stderr, "holdfast: cannot write: %s\n", strerror(errno));
        return code ? code : SHELL_REFUSED;
    }
    return code;
}
