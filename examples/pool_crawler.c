/* SPDX-License-Identifier: MIT
 *
 * pool_crawler: workers fetch pages; the callback finds the links in them and submits the pages
 * that it has not seen yet, until none is left. The web is a small server of this program on the
 * loopback address; its pages link to each other in circles, and one is missing.
 *
 * Teaches: submitting from a callback; strings as arguments and results; knowing when all is done.
 *
 * Prints:
 *     29 pages with 84 links
 *     1 is missing: /17 is not there: 404
 */
#include "support.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGES = 30, LINKS = 3, MISSING = 17, WORKERS = 4 };

/* ---- the web ---- */

struct web {
    struct event_base *base;
    struct evhttp *http;
    int stop[2];
    int port;
    pthread_t thread;
};

static int number_at(const char *text) {
    return (int)strtol(text, NULL, 10);
}

/* Every page but the last links to three others. */
static void serve_page(struct evhttp_request *request, void *context) {
    (void)context;
    int page = number_at(evhttp_request_get_uri(request) + 1);
    if (page == MISSING || page >= PAGES) {
        evhttp_send_error(request, HTTP_NOTFOUND, NULL);
        return;
    }
    struct evbuffer *body = evhttp_request_get_output_buffer(request);
    (void)evbuffer_add_printf(body, "<h1>page %d</h1>\n", page);
    for (int i = 1; i <= LINKS && page < PAGES - 1; i++) {
        (void)evbuffer_add_printf(body, "<a href=\"/%d\">another</a>\n", (page * 2 + i) % PAGES);
    }
    evhttp_send_reply(request, HTTP_OK, NULL, NULL);
}

static void stop_loop(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    (void)what;
    (void)event_base_loopbreak(context);
}

static void *run_web(void *context) {
    struct web *web = context;
    struct event *stopped = event_new(web->base, web->stop[0], EV_READ, stop_loop, web->base);
    if (!stopped || event_add(stopped, NULL) != 0) {
        give_up("no memory for an event");
    }
    (void)event_base_dispatch(web->base);
    event_free(stopped);
    return NULL;
}

static void web_start(struct web *web) {
    web->base = event_base_new();
    web->http = web->base ? evhttp_new(web->base) : NULL;
    struct evhttp_bound_socket *bound =
        web->http ? evhttp_bind_socket_with_handle(web->http, "127.0.0.1", 0) : NULL;
    struct sockaddr_in address = {0};
    socklen_t len = sizeof address;
    if (!bound || pipe(web->stop) != 0 ||
        getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &len) != 0) {
        give_up("cannot serve pages on the loopback address");
    }
    web->port = ntohs(address.sin_port);
    evhttp_set_gencb(web->http, serve_page, NULL);
    if (pthread_create(&web->thread, NULL, run_web, web) != 0) {
        give_up("cannot start a thread");
    }
}

static void web_stop(struct web *web) {
    (void)close(web->stop[1]);
    (void)pthread_join(web->thread, NULL);
    (void)close(web->stop[0]);
    evhttp_free(web->http);
    event_base_free(web->base);
}

/* ---- in the workers ---- */

struct page {
    int code; /* 0: no answer */
    char text[4096];
};

static void keep_page(struct evhttp_request *request, void *context) {
    struct page *page = context;
    if (request) {
        page->code = evhttp_request_get_response_code(request);
        ev_ssize_t len = evbuffer_remove(evhttp_request_get_input_buffer(request), page->text,
                                         sizeof page->text - 1);
        page->text[len > 0 ? len : 0] = 0;
    }
}

/* Get one page from the port, and wait for it. */
static void get_page(int port, const char *path, struct page *page) {
    struct event_base *base = event_base_new();
    struct evhttp_connection *connection =
        evhttp_connection_base_new(base, NULL, "127.0.0.1", (uint16_t)port);
    struct evhttp_request *request = evhttp_request_new(keep_page, page);
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    (void)evhttp_add_header(headers, "Host", "localhost");
    (void)evhttp_add_header(headers, "Connection", "close");
    if (evhttp_make_request(connection, request, EVHTTP_REQ_GET, path) == 0) {
        (void)event_base_dispatch(base);
    }
    evhttp_connection_free(connection);
    event_base_free(base);
}

static hf_status fetch(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    if (count != 2 || arguments[0].kind != HF_ANY_INT || arguments[1].kind != HF_ANY_STRING) {
        return hf_task_fail(task, "fetch() takes a port and a path");
    }
    struct page page = {0};
    get_page((int)arguments[0].as_int, arguments[1].string, &page);
    if (page.code != HTTP_OK) {
        return hf_task_fail(task, "%s is not there: %d", arguments[1].string, page.code);
    }
    return hf_task_keep(task, hf_any_string(page.text), result);
}

static const hf_function functions[] = {{"fetch", fetch}};

/* ---- the crawler ---- */

struct crawl {
    hf_pool *pool;
    int port;
    int pending;
    int pages;
    int links;
    int missing;
    char words[128]; /* about the missing page */
    bool seen[PAGES];
};

static void found(void *argument, hf_any text);
static void not_found(void *argument, hf_status status, const char *detail);

static void visit(struct crawl *crawl, int page) {
    if (page < 0 || page >= PAGES || crawl->seen[page]) {
        return;
    }
    crawl->seen[page] = true;
    crawl->pending++;
    char path[16];
    (void)snprintf(path, sizeof path, "/%d", page);
    const hf_any arguments[] = {hf_any_int(crawl->port), hf_any_string(path)};
    hf_task_options options = HF_TASK_OPTIONS;
    options.callback = found;
    options.error_callback = not_found;
    options.argument = crawl;
    check(hf_pool_apply_async(crawl->pool, "fetch", arguments, 2, &options, NULL));
}

static void found(void *argument, hf_any text) {
    struct crawl *crawl = argument;
    crawl->pending--;
    crawl->pages++;
    for (const char *at = text.string; (at = strstr(at, "href=\"/")) != NULL; at++) {
        crawl->links++;
        visit(crawl, number_at(at + strlen("href=\"/")));
    }
}

static void not_found(void *argument, hf_status status, const char *detail) {
    struct crawl *crawl = argument;
    (void)status;
    crawl->pending--;
    crawl->missing++;
    (void)snprintf(crawl->words, sizeof crawl->words, "%s", detail);
}

int main(void) {
    hf_client *client = open_client();
    struct crawl crawl = {0};
    hf_pool_options options = pool_options(functions, 1, WORKERS);
    options.no_thread = true; /* this thread runs the callbacks, so they need no lock */
    check(hf_pool_start(client, NULL, &options, &crawl.pool));
    struct web web; /* its thread starts after the fork of the workers */
    web_start(&web);

    crawl.port = web.port;
    visit(&crawl, 0);
    while (crawl.pending > 0) {
        struct pollfd results = {.fd = hf_pool_fd(crawl.pool), .events = POLLIN};
        (void)poll(&results, 1, -1);
        (void)hf_pool_process(crawl.pool);
    }
    printf("%d pages with %d links\n", crawl.pages, crawl.links);
    printf("%d is missing: %s\n", crawl.missing, crawl.words);

    end_pool(crawl.pool);
    web_stop(&web);
    close_client(client);
    return 0;
}
