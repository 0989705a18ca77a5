/* SPDX-License-Identifier: MIT
 *
 * holdfast.hpp, against a real manager.
 */
#include <holdfast.hpp>

#include <cstdio>
#include <cstring>
#include <iterator>
#include <mutex>
#include <thread>
#include <unistd.h>
#if __cplusplus >= 201402L
#include <shared_mutex>
#endif

namespace hf = holdfast;

/* ---- what a test says ---- */

static int failures;

static void expect(bool holds, const char *what, int line) {
    if (!holds) {
        failures++;
        std::fprintf(stderr, "line %d: %s\n", line, what);
    }
}
#define EXPECT(condition) expect(condition, #condition, __LINE__)

/* The status that the call throws; HF_OK: none. */
template <class Call> static hf_status thrown(Call call) {
    try {
        call();
        return HF_OK;
    } catch (const hf::error &error) {
        EXPECT(std::strstr(error.what(), hf_status_name(error.status())) != nullptr);
        return error.status();
    }
}
#define EXPECT_THROWN(status, ...) EXPECT(thrown([&] { __VA_ARGS__; }) == status)

static const std::chrono::milliseconds none(0);

/* ---- the tests ---- */

static void values_are_kept_and_found(const hf::client &here) {
    hf::dict dict(here);
    const std::string nul("a\0b", 3);
    const std::vector<unsigned char> bytes{0, 255};
    dict.set("int", 7);
    dict.set("double", 1.5);
    dict.set("bool", true);
    dict.set("text", "text");
    dict.set(5, nul);
    dict.set(true, bytes);
    dict.set("list", hf::any::from_json("[1, {\"a\": 2}]"));

    EXPECT(dict.get<int64_t>("int") == 7);
    EXPECT(dict.get<double>("double") == 1.5 && dict.get<double>("int") == 7);
    EXPECT(dict.get<bool>("bool"));
    EXPECT(dict.get<std::string>("text") == "text" && dict.get<std::string>(5) == nul);
    EXPECT(dict.get<std::vector<unsigned char>>(true) == bytes);
    hf::any list = dict.get<hf::any>("list");
    EXPECT(list.to_json() == "[1,{\"a\":2}]");
    EXPECT(hf_any_int_or(hf_any_get(list.find(-1), "a"), 0) == 2);
    EXPECT(list.find("a") == nullptr);
    hf::any copy(list);
    hf::any moved(std::move(list));
    EXPECT(hf_any_equal(copy.c(), moved.c()) && list.kind() == HF_ANY_NULL);

    int64_t number = 3;
    EXPECT(!dict.get("no", number) && number == 3);
    EXPECT(dict.get("int", number) && number == 7);
    EXPECT(dict.get_or<int64_t>("no", 9) == 9);
    EXPECT_THROWN(HF_KEY_ERROR, dict.get<int64_t>("no"));
    EXPECT_THROWN(HF_TYPE_ERROR, dict.get<int64_t>("text"));
    EXPECT_THROWN(HF_INVALID, hf::any::from_json("[1"));
    EXPECT_THROWN(HF_OUT_OF_RANGE, dict.set("x", UINT64_MAX));
#if __cplusplus >= 201703L
    EXPECT(!dict.find<int64_t>("no"));
    EXPECT(dict.find<std::string>("text") == "text");
#endif
}

static void containers_are_walked(const hf::client &here) {
    hf::dict dict(here);
    hf::list list(here);
    hf::set set(here);
    EXPECT(dict.add("n", 1, 5) == 6 && dict.add("n", 1) == 7 && dict.add("x", 0.5, 1.0) == 1.5);
    EXPECT_THROWN(HF_KEY_ERROR, dict.add("no", 1));
    std::string keys;
    for (const hf_any_item &item : dict.items()) {
        keys += hf::as<std::string>(item.key);
    }
    EXPECT(keys == "nx" && dict.size() == 2 && dict.contains("n"));
    EXPECT(dict.erase("n") && !dict.erase("n"));
    dict.clear();
    EXPECT(dict.size() == 0);

    list.append(1);
    list.append(2);
    list.set(0, 3);
    int64_t sum = 0;
    for (const hf_any &item : list.items()) {
        sum += hf::as<int64_t>(item);
    }
    EXPECT(sum == 5 && list.size() == 2 && list.get<int64_t>(-1) == 2);
    EXPECT_THROWN(HF_INDEX_ERROR, list.get<int64_t>(2));
    list.erase(0);
    EXPECT(list.get<int64_t>(0) == 2);

    EXPECT(set.add("a") && !set.add("a") && set.add(1) && set.size() == 2);
    EXPECT(set.contains(1) && set.erase(1) && !set.erase(1) && set.items().size() == 1);

    hf::value value(here, nullptr, 4);
    int64_t expected = 1;
    EXPECT(value.add(2) == 6 && !value.compare_exchange(expected, 9) && expected == 6);
    EXPECT(value.compare_exchange(expected, 9) && value.load() == 9);
    value.store(1);
    EXPECT(value.load() == 1);
    hf::value same(value.c());
    EXPECT(same.load() == 1);
    same.destroy();
    EXPECT_THROWN(HF_NO_OBJECT, value.load());
}

static void queues_are_taken_until_closed(const hf::client &here) {
    hf_queue_options options = HF_QUEUE_OPTIONS;
    options.max_items = 3;
    hf::queue queue(here, nullptr, &options);
    int64_t number = 0;
    std::string text;
    queue.put("a");
    queue.put(2);
    queue.put("c");
    EXPECT(!queue.put_for("d", none) && queue.size() == 3);
    EXPECT(queue.get(text) && text == "a");
    EXPECT_THROWN(HF_TYPE_ERROR, queue.get(text)); /* it stays the first */
    EXPECT(queue.get(number) && number == 2);
    queue.put("e");
    queue.close();
    std::string all;
    for (const std::string &item : queue.until_closed<std::string>()) {
        all += item;
    }
    EXPECT(all == "ce" && !queue.get(text));
    EXPECT_THROWN(HF_CLOSED, queue.put("f"));
    EXPECT_THROWN(HF_CLOSED, queue.get_for(text, none));

    hf::queue other(here);
    hf::any any;
    std::vector<unsigned char> bytes;
    EXPECT(!other.get_for(any, none));
    other.put(std::vector<unsigned char>{1, 2});
    other.put(true);
    EXPECT(other.get(bytes) && bytes.size() == 2 && bytes[1] == 2);
    EXPECT(other.get(any) && any.kind() == HF_ANY_BOOL);
}

/* Whether another thread could have it. */
template <class Mutex> static bool is_free(const Mutex &mutex) {
    bool got = false;
    std::thread([&] {
        got = mutex.try_lock();
        if (got) {
            mutex.unlock();
        }
    }).join();
    return got;
}

static void locks_are_those_of_the_standard_library(const hf::client &here) {
    hf::mutex first(here);
    hf::mutex second(here);
    {
        std::lock_guard<hf::mutex> guard(first);
        EXPECT(!is_free(first) && is_free(second));
    }
    EXPECT(is_free(first));
    {
        std::unique_lock<hf::mutex> lock(first, std::defer_lock);
        EXPECT(lock.try_lock_for(std::chrono::milliseconds(1)) && !is_free(first));
        lock.unlock();
        EXPECT(lock.try_lock_until(std::chrono::steady_clock::now() + std::chrono::hours(1)));
    }
    std::lock(first, second);
    EXPECT(!is_free(first) && !is_free(second));
    first.unlock();
    second.unlock();
#if __cplusplus >= 201703L
    {
        std::scoped_lock both(first, second);
        EXPECT(!is_free(first) && !is_free(second));
    }
#endif
    EXPECT_THROWN(HF_DEADLOCK, std::lock_guard<hf::mutex> guard(first); first.lock());
    EXPECT(is_free(first));
    EXPECT_THROWN(HF_OK, std::lock_guard<hf::mutex> guard(first));

    hf::shared_mutex shared(here);
    shared.lock_shared();
    EXPECT(!is_free(shared));
    shared.unlock_shared();
    {
        std::lock_guard<hf::shared_mutex> guard(shared);
        EXPECT(!is_free(shared));
    }
#if __cplusplus >= 201402L
    {
        std::shared_lock<hf::shared_mutex> guard(shared);
        EXPECT(guard.owns_lock() && !is_free(shared));
    }
#endif
    EXPECT(is_free(shared));

    hf::semaphore semaphore(here, nullptr, 1);
    semaphore.acquire();
    EXPECT(!semaphore.try_acquire_for(none));
    semaphore.release();
    EXPECT(semaphore.try_acquire_for(none));
}

static void a_hold_tells_of_its_grant(const hf::client &here) {
    hf::mutex mutex(here);
    uint64_t fence = 0;
    {
        hf::hold hold(mutex);
        fence = hold.fence();
        EXPECT(fence > 0 && !hold.owner_died() && !is_free(mutex));
        std::thread([&] { EXPECT_THROWN(HF_TIMEOUT, hf::hold(mutex, none)); }).join();
        hf::hold moved(std::move(hold));
        EXPECT(moved.fence() == fence);
    }
    EXPECT(is_free(mutex));
    std::thread([&] {
        mutex.lock();
        hf_client_disconnect(here.c()); /* as if it had died */
    }).join();
    hf::hold hold(mutex);
    EXPECT(hold.owner_died() && hold.fence() > fence && hold.grant().died.session != 0);
    hold.release();
    EXPECT(is_free(mutex));
    EXPECT_THROWN(HF_NOT_HELD, hf::hold lost(mutex); mutex.unlock(); lost.release());
}

static void threads_wait_for_each_other(const hf::client &here) {
    hf::event event(here);
    hf::latch latch(here, nullptr, 1);
    hf::barrier barrier(here, nullptr, 2);
    EXPECT(!event.is_set() && !event.wait(none) && !latch.wait(none));
    std::thread other([&] {
        event.set();
        latch.count_down();
        (void)barrier.arrive_and_wait();
    });
    EXPECT(event.wait() && latch.wait(std::chrono::hours(1)));
    EXPECT(barrier.arrive_and_wait() < 2);
    other.join();
    event.clear();
    EXPECT(!event.is_set());
    EXPECT_THROWN(HF_TIMEOUT, barrier.arrive_and_wait(none));
}

static void collections_are_finished_or_abandoned(const hf::client &here) {
    hf::dict dict(here);
    dict.set("ada", 10);
    try {
        hf::batch batch(here);
        dict.set("ada", 11);
        throw 1; /* the scope is left before the finish */
    } catch (int) {
    }
    EXPECT(dict.get<int64_t>("ada") == 10);

    int64_t number = 0;
    {
        hf::pipeline pipeline(here);
        dict.set("bob", 1);
        HF_COLLECT(hf_dict_get_int(dict.c(), "bob", &number));
        EXPECT_THROWN(HF_INVALID, dict.get<int64_t>("bob")); /* its output would be gone */
        EXPECT_THROWN(HF_INVALID, hf::dict another(here));
        pipeline.finish();
        EXPECT_THROWN(HF_INVALID, pipeline.finish());
    }
    EXPECT(number == 1);

    hf::atomic_batch transfer(here);
    HF_COLLECT(hf_dict_add_int(dict.c(), "ada", -5, nullptr, nullptr));
    HF_COLLECT(hf_dict_add_int(dict.c(), "cyd", 5, nullptr, nullptr));
    EXPECT_THROWN(HF_KEY_ERROR, transfer.finish());
    EXPECT(dict.get<int64_t>("ada") == 10);

    hf::post post(here);
    dict.set("ada", 12);
    post.finish();
    EXPECT(dict.get<int64_t>("ada") == 12);
    hf::batch batch(here);
    EXPECT_THROWN(HF_INVALID, hf::batch twice(here));
    batch.finish();
}

static void timeouts_are_rounded_up(void) {
    EXPECT(hf::timeout().ms() == -1);
    EXPECT(hf::timeout(std::chrono::seconds(2)).ms() == 2000);
    EXPECT(hf::timeout(std::chrono::microseconds(1)).ms() == 1);
    EXPECT(hf::timeout(std::chrono::microseconds(1001)).ms() == 2);
    EXPECT(hf::timeout(std::chrono::seconds(-1)).ms() == 0);
    EXPECT(hf::timeout(std::chrono::hours::max()).ms() == -1);
    EXPECT(hf::timeout(std::chrono::duration<double>(0.25)).ms() == 250);
}

static void an_absent_manager_is_an_error(void) {
    hf_client_options options = HF_CLIENT_OPTIONS;
    options.connect_timeout_ms = 1;
    hf::client nobody("unix:@holdfast-nobody", &options);
    EXPECT_THROWN(HF_UNREACHABLE, nobody.ping());
    EXPECT_THROWN(HF_BAD_ADDRESS, hf::client("nowhere"));
}

int main() {
    hf::manager manager;
    hf::client first(manager);
    hf::client here(std::move(first));
    hf::client borrowed(here.c());
    borrowed.ping();
    values_are_kept_and_found(here);
    containers_are_walked(here);
    queues_are_taken_until_closed(here);
    locks_are_those_of_the_standard_library(here);
    a_hold_tells_of_its_grant(here);
    threads_wait_for_each_other(here);
    collections_are_finished_or_abandoned(here);
    timeouts_are_rounded_up();
    an_absent_manager_is_an_error();
    return failures == 0 ? 0 : 1;
}
