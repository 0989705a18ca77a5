/* SPDX-License-Identifier: MIT
 *
 * Every function that takes or changes something as one kind of value leaves what is of another
 * kind as it is, and where it is.
 */
#include "real.h"

static const uint8_t two_pow_64[] = {0, 0, 0, 0, 0, 0, 0, 0, 1};

enum { VALUES = 13 };

/* One of each kind; [NUL] is a string that C cannot take as one. */
enum { BOOL = 1, INT, DOUBLE, STRING, NUL, BYTES };

static void fill_values(hf_any *values) {
    static const hf_opaque opaque = {.tag = "test"};
    static hf_any_item pair;
    pair = (hf_any_item){hf_any_string("key"), hf_any_int(1)};
    const hf_any all[VALUES] = {hf_any_null(),
                                hf_any_bool(true),
                                hf_any_int(7),
                                hf_any_double(1.5),
                                hf_any_string("text"),
                                hf_any_string_n("a\0b", 3),
                                hf_any_bytes("ab", 2),
                                hf_any_list(&pair.key, 1),
                                hf_any_map(&pair, 1),
                                hf_any_tuple(&pair.key, 1),
                                hf_any_big(two_pow_64, sizeof two_pow_64),
                                hf_any_opaque(&opaque),
                                hf_any_ref(new_dict().id)};
    memcpy(values, all, sizeof all);
}

/* Objects on which the typed functions are tried. */
struct place {
    hf_queue queue;
    hf_pipe_end reader;
    hf_pipe_end writer;
    hf_dict dict;
    hf_list list;
};

struct taking {
    const char *name;
    hf_status (*take)(const struct place *place);
    unsigned fits; /* bits of the values that it takes */
};

static hf_status queue_int(const struct place *place) {
    return hf_queue_get_int(place->queue, 0, NULL);
}
static hf_status queue_string(const struct place *place) {
    return hf_queue_get_string(place->queue, 0, NULL);
}
static hf_status queue_bytes(const struct place *place) {
    return hf_queue_get_bytes(place->queue, 0, NULL, NULL);
}
static hf_status pipe_int(const struct place *place) {
    return hf_pipe_receive_int(place->reader, 0, NULL);
}
static hf_status pipe_string(const struct place *place) {
    return hf_pipe_receive_string(place->reader, 0, NULL);
}
static hf_status pipe_bytes(const struct place *place) {
    return hf_pipe_receive_bytes(place->reader, 0, NULL, NULL);
}
static hf_status pipe_into(const struct place *place) {
    char buffer[8];
    return hf_pipe_receive_into(place->reader, buffer, sizeof buffer, 0, NULL);
}

static const struct taking queue_takings[] = {
    {"queue_get_int", queue_int, 1U << INT},
    {"queue_get_string", queue_string, 1U << STRING},
    {"queue_get_bytes", queue_bytes, 1U << BYTES},
};
static const struct taking pipe_takings[] = {
    {"pipe_receive_int", pipe_int, 1U << INT},
    {"pipe_receive_string", pipe_string, 1U << STRING},
    {"pipe_receive_bytes", pipe_bytes, 1U << BYTES},
    {"pipe_receive_into", pipe_into, 1U << STRING | 1U << NUL | 1U << BYTES},
};

#define LEN(array) (sizeof(array) / sizeof(array)[0])

static void a_queue_keeps_what_a_get_does_not_fit(void **state) {
    struct place place;
    hf_any values[VALUES];
    (void)state;
    fill_values(values);
    assert_ok(hf_queue_open(client, NULL, NULL, &place.queue));
    for (size_t i = 0; i < LEN(queue_takings) * VALUES; i++) {
        const struct taking *taking = &queue_takings[i / VALUES];
        bool fits = (taking->fits >> (i % VALUES) & 1) != 0;
        hf_any first;
        hf_any second;
        assert_ok(hf_queue_put_any(place.queue, values[i % VALUES], 0));
        assert_ok(hf_queue_put_string(place.queue, "behind", 0));

        assert_status(taking->take(&place), fits ? HF_OK : HF_TYPE_ERROR, taking->name);

        if (!fits) {
            assert_ok(hf_queue_get_any(place.queue, 0, &first));
            assert_any(first, values[i % VALUES]);
        }
        assert_ok(hf_queue_get_any(place.queue, 0, &second));
        assert_any(second, hf_any_string("behind"));
    }
}

static void a_pipe_keeps_what_a_receive_does_not_fit(void **state) {
    struct place place;
    hf_any values[VALUES];
    (void)state;
    fill_values(values);
    assert_ok(hf_pipe_open(client, NULL, NULL, &place.reader, &place.writer));
    for (size_t i = 0; i < LEN(pipe_takings) * VALUES; i++) {
        const struct taking *taking = &pipe_takings[i / VALUES];
        bool fits = (taking->fits >> (i % VALUES) & 1) != 0;
        hf_any first;
        hf_any second;
        assert_ok(hf_pipe_send_any(place.writer, values[i % VALUES], 0));
        assert_ok(hf_pipe_send_string(place.writer, "behind", 0));

        assert_status(taking->take(&place), fits ? HF_OK : HF_TYPE_ERROR, taking->name);

        if (!fits) {
            assert_ok(hf_pipe_receive_any(place.reader, 0, &first));
            assert_any(first, values[i % VALUES]);
        }
        assert_ok(hf_pipe_receive_any(place.reader, 0, &second));
        assert_any(second, hf_any_string("behind"));
    }
}

/* ---- sums ---- */

static hf_status dict_int(const struct place *place) {
    return hf_dict_add_int(place->dict, "n", 1, NULL, NULL);
}
static hf_status dict_double(const struct place *place) {
    return hf_dict_add_double(place->dict, "n", 1, NULL, NULL);
}
static hf_status dict_int_from(const struct place *place) {
    return hf_dict_add_int_from(place->dict, "n", 1, NULL, 5, NULL);
}
static hf_status dict_double_from(const struct place *place) {
    return hf_dict_add_double_from(place->dict, "n", 1, NULL, 5, NULL);
}
static hf_status list_int(const struct place *place) {
    return hf_list_add_int(place->list, 0, 1, NULL, NULL);
}
static hf_status list_double(const struct place *place) {
    return hf_list_add_double(place->list, 0, 1, NULL, NULL);
}

static const struct taking sums[] = {
    {"dict_add_int", dict_int, 1U << INT},
    {"dict_add_double", dict_double, 1U << DOUBLE},
    {"dict_add_int_from", dict_int_from, 1U << INT},
    {"dict_add_double_from", dict_double_from, 1U << DOUBLE},
    {"list_add_int", list_int, 1U << INT},
    {"list_add_double", list_double, 1U << DOUBLE},
};

static void what_is_no_fitting_number_stays_as_it_is(void **state) {
    struct place place = {.dict = new_dict(), .list = new_list(1)};
    hf_any values[VALUES];
    (void)state;
    fill_values(values);
    for (size_t i = 0; i < LEN(sums) * VALUES; i++) {
        const hf_any value = values[i % VALUES];
        bool fits = (sums[i / VALUES].fits >> (i % VALUES) & 1) != 0;
        hf_any in_dict;
        hf_any in_list;
        assert_ok(hf_dict_set_any(place.dict, hf_any_string("n"), value));
        assert_ok(hf_list_set_any(place.list, 0, value));

        assert_status(sums[i / VALUES].take(&place), fits ? HF_OK : HF_TYPE_ERROR,
                      sums[i / VALUES].name);

        assert_ok(hf_dict_get_any(place.dict, hf_any_string("n"), &in_dict));
        assert_ok(hf_list_get_any(place.list, 0, &in_list));
        assert_int_equal(hf_any_equal(in_dict, value) && hf_any_equal(in_list, value), !fits);
        hf_any_clear(&in_dict);
        hf_any_clear(&in_list);
    }
}

static void a_sum_begins_where_the_caller_says(void **state) {
    hf_dict dict = new_dict();
    hf_bounds below_ten = HF_BOUNDS;
    int64_t number = 0;
    double real = 0;
    bool there = true;
    (void)state;
    below_ten.ceiling = hf_any_int(10);

    assert_ok(hf_dict_add_int_from(dict, "n", 1, &below_ten, 5, &number));
    assert_int_equal(number, 6);
    assert_ok(hf_dict_add_int_from(dict, "n", 1, &below_ten, 5, &number));
    assert_int_equal(number, 7);
    assert_ok(hf_dict_add_double_from(dict, "x", 0.5, NULL, -1, &real));
    assert_true(real == -0.5);
    assert_ok(hf_dict_add_double_from(dict, "x", 0.5, NULL, -1, NULL));
    assert_ok(hf_dict_get_double(dict, "x", &real));
    assert_true(real == 0);

    assert_status(hf_dict_add_int_from(dict, "m", 6, &below_ten, 5, &number), HF_OUT_OF_RANGE,
                  "add");
    assert_int_equal(number, 7);
    assert_ok(hf_dict_contains(dict, "m", &there));
    assert_false(there);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_keeps_what_a_get_does_not_fit),
        cmocka_unit_test(a_pipe_keeps_what_a_receive_does_not_fit),
        cmocka_unit_test(what_is_no_fitting_number_stays_as_it_is),
        cmocka_unit_test(a_sum_begins_where_the_caller_says),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
