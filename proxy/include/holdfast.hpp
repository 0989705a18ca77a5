/* SPDX-License-Identifier: MIT
 *
 * Holdfast in C++11 and later: a thin face of the functions in C, in this
 * header alone. Where it has no function, c() gives the handle for one in C.
 *
 *     holdfast::client here(client);      // or holdfast::client here; of
 * $HOLDFAST_ADDRESS holdfast::dict seats(here, "seats"); holdfast::mutex
 * guard(here, "guard");
 *     {
 *         std::lock_guard<holdfast::mutex> hold(guard);
 *         seats.set("B12", "ada");
 *         seats.add("sold", 1, 0);
 *     }
 *     std::string name = seats.get<std::string>("B12");
 *     int64_t sold = seats.get_or<int64_t>("sold", 0);
 *     printf("%s, %d\n", name.c_str(), static_cast<int>(sold));
 *
 * - A call that fails throws holdfast::error, with its status and words. So the
 * header needs exceptions; a program without them (-fno-exceptions) uses the
 * functions in C.
 * - Objects are handles, as in C: copied freely, usable from any thread, owners
 * of nothing in the manager. They are valid as long as their client.
 * - Keys and values are numbers, bools, strings, a hf_any, or a holdfast::any;
 * T of a result is int64_t, double, bool, std::string, std::vector<unsigned
 * char> or holdfast::any.
 * - A timeout is any duration of std::chrono, rounded up to milliseconds; none:
 * no limit.
 */
#ifndef HOLDFAST_HPP
#define HOLDFAST_HPP

#include <holdfast.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>
#if __cplusplus >= 201703L
#include <optional>
#endif

namespace holdfast {

/* ---- errors and times ---- */

/** A call was not done. */
class error : public std::runtime_error {
  public:
    error(hf_status status, const std::string &words)
        : std::runtime_error(words + " (" + hf_status_name(status) + ")"), status_(status) {
    }
    hf_status status() const noexcept {
        return status_;
    }

  private:
    hf_status status_;
};

/** Throw the error of a call in C that this thread has just made, unless the
 * call was done. */
inline hf_status check(hf_status status) {
    if (!hf_ok(status)) {
        const char *words = hf_last_detail();
        throw error(status, *words ? words : hf_status_text(status));
    }
    return status;
}

/** How long a call may wait: as long as it takes, or a duration; a negative one
 * is none at all. */
class timeout {
  public:
    timeout() noexcept : ms_(-1) {
    }
    template <class Rep, class Period>
    timeout(const std::chrono::duration<Rep, Period> &time) // implicit: 5 seconds are a timeout
        : ms_(rounded(std::chrono::duration<double, std::milli>(time).count())) {
    }
    int64_t ms() const noexcept {
        return ms_;
    }

  private:
    static int64_t rounded(double ms) {
        if (ms >= 9e15) {
            return -1;
        }
        const int64_t whole = ms > 0 ? static_cast<int64_t>(ms) : 0;
        return static_cast<double>(whole) < ms ? whole + 1 : whole;
    }
    int64_t ms_;
};

/* ---- values ---- */

/** A value that owns its memory. */
class any {
  public:
    any() noexcept : c_(hf_any_null()) {
    }
    /** Owns what a call in C gave back. */
    explicit any(hf_any given) noexcept : c_(given) {
    }
    any(any &&other) noexcept : c_(other.c_) {
        other.c_ = hf_any_null();
    }
    any &operator=(any &&other) noexcept {
        std::swap(c_, other.c_);
        return *this;
    }
    any(const any &other) : c_(hf_any_null()) {
        check(hf_any_copy(other.c_, &c_));
    }
    any &operator=(const any &other) {
        any copy(other);
        std::swap(c_, copy.c_);
        return *this;
    }
    ~any() {
        hf_any_clear(&c_);
    }

    static any from_json(const std::string &text) {
        any read;
        check(hf_any_from_json(text.data(), text.size(), &read.c_));
        return read;
    }
    std::string to_json() const {
        char *text = nullptr;
        check(hf_any_to_json(c_, &text));
        try {
            std::string copy(text);
            std::free(text);
            return copy;
        } catch (...) {
            std::free(text);
            throw;
        }
    }

    hf_any_kind kind() const noexcept {
        return c_.kind;
    }
    /** The value under a key of a map, or at an index of a list; nullptr: there
   * is none. */
    const hf_any *find(const char *key) const noexcept {
        return hf_any_get(&c_, key);
    }
    const hf_any *find(int64_t index) const noexcept {
        return hf_any_at(&c_, index);
    }
    const hf_any &c() const noexcept {
        return c_;
    }
    /** For a call in C that writes it. */
    hf_any *out() noexcept {
        hf_any_clear(&c_);
        return &c_;
    }

  private:
    hf_any c_;
};

/** A key or a value that is passed to a call. It borrows, until the call
 * returns. */
class input {
  public:
    input(bool truth) : c_(hf_any_bool(truth)) {
    }
    input(double number) : c_(hf_any_double(number)) {
    }
    template <class Int, class = typename std::enable_if<std::is_integral<Int>::value &&
                                                         !std::is_same<Int, bool>::value>::type>
    input(Int number) : c_(hf_any_int(static_cast<int64_t>(number))) {
        if (number > 0 && c_.as_int < 0) {
            throw error(HF_OUT_OF_RANGE, "the number has more than 63 bits");
        }
    }
    input(const char *text) : c_(hf_any_string(text)) {
    }
    input(const std::string &text) : c_(hf_any_string_n(text.data(), text.size())) {
    }
    input(const std::vector<unsigned char> &bytes) : c_(hf_any_bytes(bytes.data(), bytes.size())) {
    }
    input(const hf_any &borrowed) : c_(borrowed) {
    }
    input(const any &borrowed) : c_(borrowed.c()) {
    }
    const hf_any &c() const noexcept {
        return c_;
    }

  private:
    hf_any c_;
};

namespace detail {

/* How many collections this thread has open. */
inline int &collecting() noexcept {
    static thread_local int count = 0;
    return count;
}
/* For an output on the stack: finish() would write it when it is gone. */
template <class Out> Out *now(Out *out) {
    if (collecting() > 0) {
        throw error(HF_INVALID, "this thread collects calls: none may give a result");
    }
    return out;
}

inline void expect(const hf_any &value, hf_any_kind kind) {
    if (value.kind != kind) {
        throw error(HF_TYPE_ERROR, "the value is of another kind");
    }
}
inline void read(const hf_any &value, int64_t &to) {
    expect(value, HF_ANY_INT);
    to = value.as_int;
}
inline void read(const hf_any &value, double &to) {
    if (value.kind != HF_ANY_INT) {
        expect(value, HF_ANY_DOUBLE);
    }
    to = hf_any_double_or(&value, 0);
}
inline void read(const hf_any &value, bool &to) {
    expect(value, HF_ANY_BOOL);
    to = value.as_bool;
}
inline void read(const hf_any &value, std::string &to) {
    expect(value, HF_ANY_STRING);
    to.assign(value.string, value.len);
}
inline void read(const hf_any &value, std::vector<unsigned char> &to) {
    expect(value, HF_ANY_BYTES);
    to.assign(value.bytes, value.bytes + value.len);
}
inline void read(const hf_any &value, any &to) {
    check(hf_any_copy(value, to.out()));
}

/* What a call in C allocates. */
struct freed {
    void *bytes = nullptr;
    ~freed() {
        std::free(bytes);
    }
};

/* A queue keeps an item that does not fit. */
inline hf_status get(hf_queue queue, int64_t ms, int64_t &to) {
    return hf_queue_get_int(queue, ms, now(&to));
}
inline hf_status get(hf_queue queue, int64_t ms, std::string &to) {
    char *text = nullptr;
    const hf_status status = hf_queue_get_string(queue, ms, now(&text));
    freed owner;
    owner.bytes = text;
    if (text) {
        to = text;
    }
    return status;
}
inline hf_status get(hf_queue queue, int64_t ms, std::vector<unsigned char> &to) {
    freed owner;
    std::size_t len = 0;
    const hf_status status = hf_queue_get_bytes(queue, ms, now(&owner.bytes), &len);
    if (owner.bytes) {
        const unsigned char *bytes = static_cast<const unsigned char *>(owner.bytes);
        to.assign(bytes, bytes + len);
    }
    return status;
}
inline hf_status get(hf_queue queue, int64_t ms, any &to) {
    return hf_queue_get_any(queue, ms, now(to.out()));
}

/* The sum of such numbers. */
template <class T>
using sum = typename std::conditional<std::is_integral<T>::value, int64_t, double>::type;

/* True if it was done, false if it has this status; anything else is thrown. */
inline bool done(hf_status status, hf_status refusal) {
    return status != refusal && (check(status), true);
}

} // namespace detail

/** A value as T. Throws HF_TYPE_ERROR if it is of another kind; an int is a
 * double as well. */
template <class T> T as(const hf_any &value) {
    T read{};
    detail::read(value, read);
    return read;
}
template <class T> T as(const any &value) {
    return as<T>(value.c());
}

/** Items that a call gave back: for (const hf_any &value : list.items()) ... */
class values {
  public:
    values() noexcept : c_() {
    }
    values(values &&other) noexcept : c_(other.c_) {
        other.c_ = hf_any_array();
    }
    values &operator=(values &&other) noexcept {
        std::swap(c_, other.c_);
        return *this;
    }
    ~values() {
        hf_any_array_clear(&c_);
    }
    const hf_any *begin() const noexcept {
        return c_.items;
    }
    const hf_any *end() const noexcept {
        return c_.items + c_.len;
    }
    std::size_t size() const noexcept {
        return c_.len;
    }
    hf_any_array *out() noexcept {
        hf_any_array_clear(&c_);
        return &c_;
    }

  private:
    hf_any_array c_;
};

/** The same of a dict: for (const hf_any_item &item : dict.items()) ...
 * item.key, item.value */
class pairs {
  public:
    pairs() noexcept : c_() {
    }
    pairs(pairs &&other) noexcept : c_(other.c_) {
        other.c_ = hf_any_map_array();
    }
    pairs &operator=(pairs &&other) noexcept {
        std::swap(c_, other.c_);
        return *this;
    }
    ~pairs() {
        hf_any_map_array_clear(&c_);
    }
    const hf_any_item *begin() const noexcept {
        return c_.pairs;
    }
    const hf_any_item *end() const noexcept {
        return c_.pairs + c_.len;
    }
    std::size_t size() const noexcept {
        return c_.len;
    }
    hf_any_map_array *out() noexcept {
        hf_any_map_array_clear(&c_);
        return &c_;
    }

  private:
    hf_any_map_array c_;
};

/* ---- the manager and its clients ---- */

/** A private manager, see manager.h. It ends with this. */
class manager {
  public:
    manager() : c_(nullptr) {
        check(hf_manager_start(&c_));
    }
    manager(manager &&other) noexcept : c_(other.c_) {
        other.c_ = nullptr;
    }
    manager &operator=(manager &&other) noexcept {
        std::swap(c_, other.c_);
        return *this;
    }
    ~manager() {
        hf_manager_stop(c_);
    }
    const char *address() const noexcept {
        return hf_manager_address(c_);
    }
    hf_manager *c() const noexcept {
        return c_;
    }

  private:
    hf_manager *c_;
};

/** A client, see client.h. It is released with this, unless it was only
 * borrowed. */
class client {
  public:
    explicit client(const char *address = nullptr, const hf_client_options *options = nullptr)
        : c_(nullptr), owned_(true) {
        check(hf_client_new(address, options, &c_));
    }
    explicit client(const manager &of) : client(of.address()) {
    }
    /** Borrows one that was made in C. */
    explicit client(hf_client *borrowed) noexcept : c_(borrowed), owned_(false) {
    }
    client(client &&other) noexcept : c_(other.c_), owned_(other.owned_) {
        other.c_ = nullptr;
    }
    client &operator=(client &&other) noexcept {
        std::swap(c_, other.c_);
        std::swap(owned_, other.owned_);
        return *this;
    }
    ~client() {
        if (owned_) {
            hf_client_free(c_);
        }
    }
    void ping() const {
        check(hf_client_ping(c_));
    }
    hf_client *c() const noexcept {
        return c_;
    }

  private:
    hf_client *c_;
    bool owned_;
};

/* ---- containers ---- */

/** What all objects have; a name that is nullptr makes an unnamed one. */
template <class Handle> class handle {
  public:
    explicit handle(Handle c) noexcept : c_(c) {
    }
    Handle c() const noexcept {
        return c_;
    }
    /** Delete the object, for all that use it. */
    void destroy() const {
        check(hf_object_delete(HF_OBJECT(c_)));
    }

  protected:
    handle() noexcept : c_() {
    }
    Handle c_;
};

class dict : public handle<hf_dict> {
  public:
    using handle::handle;
    explicit dict(const client &of, const char *name = nullptr,
                  const hf_dict_options *options = nullptr) {
        check(hf_dict_open_options(of.c(), name, options, detail::now(&c_)));
    }
    /** False, and `to` is as before, if there is no such key. */
    template <class T> bool get(const input &key, T &to) const {
        any value;
        if (!detail::done(hf_dict_get_any(c_, key.c(), detail::now(value.out())), HF_KEY_ERROR)) {
            return false;
        }
        to = as<T>(value);
        return true;
    }
    template <class T> T get(const input &key) const {
        any value;
        check(hf_dict_get_any(c_, key.c(), detail::now(value.out())));
        return as<T>(value);
    }
    template <class T> T get_or(const input &key, T otherwise) const {
        get(key, otherwise);
        return otherwise;
    }
#if __cplusplus >= 201703L
    template <class T> std::optional<T> find(const input &key) const {
        T value{};
        return get(key, value) ? std::optional<T>(std::move(value)) : std::nullopt;
    }
#endif
    void set(const input &key, const input &value) const {
        check(hf_dict_set_any(c_, key.c(), value.c()));
    }
    void set(const input &key, const input &value, const timeout &to_live) const {
        check(hf_dict_set_ttl(c_, key.c(), value.c(), to_live.ms()));
    }
    /** Whether it was there. */
    bool erase(const input &key) const {
        return detail::done(hf_dict_delete_any(c_, key.c()), HF_KEY_ERROR);
    }
    bool contains(const input &key) const {
        bool there = false;
        check(hf_dict_contains_any(c_, key.c(), detail::now(&there)));
        return there;
    }
    /** Add to a number, and return the sum; from `initial` on if there is no such
   * key. */
    template <class T> detail::sum<T> add(const input &key, T amount) const {
        return add_from(key, amount, hf_any_null());
    }
    template <class T> detail::sum<T> add(const input &key, T amount, T initial) const {
        return add_from(key, amount, input(initial).c());
    }
    uint64_t size() const {
        uint64_t len = 0;
        check(hf_dict_len(c_, detail::now(&len)));
        return len;
    }
    pairs items() const {
        pairs all;
        check(hf_dict_items(c_, detail::now(all.out())));
        return all;
    }
    void clear() const {
        check(hf_dict_clear(c_));
    }

  private:
    template <class T>
    detail::sum<T> add_from(const input &key, T amount, const hf_any &initial) const {
        any sum;
        check(hf_dict_add_any(c_, key.c(), input(amount).c(), nullptr, initial,
                              detail::now(sum.out())));
        return as<detail::sum<T>>(sum);
    }
};

class list : public handle<hf_list> {
  public:
    using handle::handle;
    explicit list(const client &of, const char *name = nullptr,
                  const hf_list_options *options = nullptr) {
        check(hf_list_open_options(of.c(), name, options, detail::now(&c_)));
    }
    template <class T> T get(int64_t index) const {
        any value;
        check(hf_list_get_any(c_, index, detail::now(value.out())));
        return as<T>(value);
    }
    void set(int64_t index, const input &value) const {
        check(hf_list_set_any(c_, index, value.c()));
    }
    void append(const input &value) const {
        check(hf_list_append_any(c_, value.c()));
    }
    void erase(int64_t index) const {
        check(hf_list_delete(c_, index));
    }
    uint64_t size() const {
        uint64_t len = 0;
        check(hf_list_len(c_, detail::now(&len)));
        return len;
    }
    values items() const {
        values all;
        check(hf_list_copy(c_, detail::now(all.out())));
        return all;
    }
};

class set : public handle<hf_set> {
  public:
    using handle::handle;
    explicit set(const client &of, const char *name = nullptr,
                 const hf_set_options *options = nullptr) {
        check(hf_set_open_options(of.c(), name, options, detail::now(&c_)));
    }
    /** Whether it was new. */
    bool add(const input &member) const {
        bool added = false;
        check(hf_set_add_any(c_, member.c(), detail::now(&added)));
        return added;
    }
    /** Whether it was there. */
    bool erase(const input &member) const {
        bool removed = false;
        check(hf_set_discard_any(c_, member.c(), detail::now(&removed)));
        return removed;
    }
    bool contains(const input &member) const {
        bool there = false;
        check(hf_set_contains_any(c_, member.c(), detail::now(&there)));
        return there;
    }
    uint64_t size() const {
        uint64_t len = 0;
        check(hf_set_len(c_, detail::now(&len)));
        return len;
    }
    values items() const {
        values all;
        check(hf_set_items(c_, detail::now(all.out())));
        return all;
    }
};

/** A shared int64_t; the shape of std::atomic. */
class value : public handle<hf_value> {
  public:
    using handle::handle;
    explicit value(const client &of, const char *name = nullptr, int64_t initial = 0) {
        check(hf_value_open(of.c(), name, HF_I64, initial, detail::now(&c_)));
    }
    int64_t load() const {
        int64_t number = 0;
        check(hf_value_get(c_, detail::now(&number)));
        return number;
    }
    void store(int64_t number) const {
        check(hf_value_set(c_, number));
    }
    /** Returns the sum. */
    int64_t add(int64_t amount) const {
        int64_t sum = 0;
        check(hf_value_add(c_, amount, nullptr, detail::now(&sum)));
        return sum;
    }
    /** False, and `expected` is what is there, if that is not `expected`. */
    bool compare_exchange(int64_t &expected, int64_t replacement) const {
        return detail::done(
            hf_value_compare_and_set(c_, expected, replacement, detail::now(&expected)),
            HF_MISMATCH);
    }
};

/** T is int64_t, std::string, std::vector<unsigned char> or holdfast::any. An
 * item of another kind is HF_TYPE_ERROR, and stays the first one. */
class queue : public handle<hf_queue> {
  public:
    using handle::handle;
    explicit queue(const client &of, const char *name = nullptr,
                   const hf_queue_options *options = nullptr) {
        check(hf_queue_open(of.c(), name, options, detail::now(&c_)));
    }
    void put(const input &item) const {
        check(hf_queue_put_any(c_, item.c(), -1));
    }
    /** False if the queue is full for so long. */
    bool put_for(const input &item, const timeout &limit) const {
        return detail::done(hf_queue_put_any(c_, item.c(), limit.ms()), HF_TIMEOUT);
    }
    /** Take the next item, waiting for one. False if the queue is closed and
   * empty. */
    template <class T> bool get(T &to) const {
        return detail::done(detail::get(c_, -1, to), HF_CLOSED);
    }
    /** False if there is none for so long. A closed one is thrown. */
    template <class T> bool get_for(T &to, const timeout &limit) const {
        return detail::done(detail::get(c_, limit.ms(), to), HF_TIMEOUT);
    }
    void close() const {
        check(hf_queue_close(c_, false));
    }
    uint64_t size() const {
        uint64_t len = 0;
        check(hf_queue_size(c_, detail::now(&len)));
        return len;
    }

    /** for (const std::string &job : jobs.until_closed<std::string>()) ... */
    template <class T> class items {
      public:
        class iterator {
          public:
            using iterator_category = std::input_iterator_tag;
            using value_type = T;
            using difference_type = std::ptrdiff_t;
            using pointer = const T *;
            using reference = const T &;

            iterator() : c_(), open_(false), item_() {
            }
            explicit iterator(hf_queue c) : c_(c), open_(true), item_() {
                ++*this;
            }
            reference operator*() const noexcept {
                return item_;
            }
            pointer operator->() const noexcept {
                return &item_;
            }
            iterator &operator++() {
                open_ = queue(c_).get(item_);
                return *this;
            }
            bool operator==(const iterator &other) const noexcept {
                return open_ == other.open_;
            }
            bool operator!=(const iterator &other) const noexcept {
                return open_ != other.open_;
            }

          private:
            hf_queue c_;
            bool open_;
            T item_;
        };
        explicit items(hf_queue c) : c_(c) {
        }
        iterator begin() const {
            return iterator(c_);
        }
        iterator end() const {
            return iterator();
        }

      private:
        hf_queue c_;
    };
    template <class T> items<T> until_closed() const {
        return items<T>(c_);
    }
};

/* ---- what is held ---- */

/** A lock, as a mutex of the standard library: for std::lock_guard,
 * std::unique_lock and std::scoped_lock. That its last holder died is told by
 * holdfast::hold only. */
class mutex : public handle<hf_lock> {
  public:
    using handle::handle;
    explicit mutex(const client &of, const char *name = nullptr,
                   const hf_lock_options *options = nullptr) {
        check(hf_lock_open(of.c(), name, options, detail::now(&c_)));
    }
    void lock() const {
        check(hf_lock_acquire(c_, -1, nullptr));
    }
    bool try_lock() const {
        return detail::done(hf_lock_acquire(c_, 0, nullptr), HF_TIMEOUT);
    }
    bool try_lock_for(const timeout &limit) const {
        return detail::done(hf_lock_acquire(c_, limit.ms(), nullptr), HF_TIMEOUT);
    }
    template <class Clock, class Duration>
    bool try_lock_until(const std::chrono::time_point<Clock, Duration> &time) const {
        return try_lock_for(timeout(time - Clock::now()));
    }
    /** Does not throw; hold::release() tells if the lock was not held any more.
   */
    void unlock() const noexcept {
        (void)hf_lock_release(c_);
    }
};

/** A lock that is held to the end of the scope, with its grant. */
class hold {
  public:
    /** Throws HF_TIMEOUT if it takes too long. */
    explicit hold(const mutex &of, const timeout &limit = timeout())
        : c_(of.c()), grant_(), died_(false), held_(true) {
        died_ = check(hf_lock_acquire(c_, limit.ms(), detail::now(&grant_))) == HF_OWNER_DIED;
    }
    hold(hold &&other) noexcept
        : c_(other.c_), grant_(other.grant_), died_(other.died_), held_(other.held_) {
        other.held_ = false;
    }
    hold(const hold &) = delete;
    hold &operator=(const hold &) = delete;
    ~hold() {
        if (held_) {
            (void)hf_lock_release(c_);
        }
    }
    /** Throws HF_NOT_HELD if it was not held any more. */
    void release() {
        held_ = false;
        check(hf_lock_release_checked(c_));
    }
    uint64_t fence() const noexcept {
        return grant_.fence;
    }
    /** Whether the last holder died, so that what the lock protects may be half
   * changed. */
    bool owner_died() const noexcept {
        return died_;
    }
    const hf_grant &grant() const noexcept {
        return grant_;
    }

  private:
    hf_lock c_;
    hf_grant grant_;
    bool died_;
    bool held_;
};

/** A read-write lock, for std::lock_guard, and std::shared_lock of C++14. */
class shared_mutex : public handle<hf_rwlock> {
  public:
    using handle::handle;
    explicit shared_mutex(const client &of, const char *name = nullptr,
                          const hf_rwlock_options *options = nullptr) {
        check(hf_rwlock_open(of.c(), name, options, detail::now(&c_)));
    }
    void lock() const {
        check(hf_rwlock_acquire_write(c_, -1, nullptr));
    }
    bool try_lock() const {
        return detail::done(hf_rwlock_acquire_write(c_, 0, nullptr), HF_TIMEOUT);
    }
    bool try_lock_for(const timeout &limit) const {
        return detail::done(hf_rwlock_acquire_write(c_, limit.ms(), nullptr), HF_TIMEOUT);
    }
    void unlock() const noexcept {
        (void)hf_rwlock_release(c_);
    }
    void lock_shared() const {
        check(hf_rwlock_acquire_read(c_, -1, nullptr));
    }
    bool try_lock_shared() const {
        return detail::done(hf_rwlock_acquire_read(c_, 0, nullptr), HF_TIMEOUT);
    }
    bool try_lock_shared_for(const timeout &limit) const {
        return detail::done(hf_rwlock_acquire_read(c_, limit.ms(), nullptr), HF_TIMEOUT);
    }
    void unlock_shared() const noexcept {
        (void)hf_rwlock_release(c_);
    }
};

class semaphore : public handle<hf_semaphore> {
  public:
    using handle::handle;
    explicit semaphore(const client &of, const char *name, uint32_t permits,
                       const hf_semaphore_options *options = nullptr) {
        check(hf_semaphore_open(of.c(), name, permits, options, detail::now(&c_)));
    }
    void acquire(uint32_t permits = 1) const {
        check(hf_semaphore_acquire(c_, permits, -1, nullptr));
    }
    bool try_acquire_for(const timeout &limit, uint32_t permits = 1) const {
        return detail::done(hf_semaphore_acquire(c_, permits, limit.ms(), nullptr), HF_TIMEOUT);
    }
    void release(uint32_t permits = 1) const {
        check(hf_semaphore_release(c_, permits));
    }
};

/* ---- waiting for each other ---- */

class event : public handle<hf_event> {
  public:
    using handle::handle;
    explicit event(const client &of, const char *name = nullptr) {
        check(hf_event_open(of.c(), name, HF_OPEN_OR_CREATE, detail::now(&c_)));
    }
    void set() const {
        check(hf_event_set(c_));
    }
    void clear() const {
        check(hf_event_clear(c_));
    }
    bool is_set() const {
        bool set = false;
        check(hf_event_is_set(c_, detail::now(&set)));
        return set;
    }
    /** False if it was not set for so long. */
    bool wait(const timeout &limit = timeout()) const {
        return detail::done(hf_event_wait(c_, limit.ms()), HF_TIMEOUT);
    }
};

class latch : public handle<hf_latch> {
  public:
    using handle::handle;
    explicit latch(const client &of, const char *name, uint64_t count) {
        check(hf_latch_open(of.c(), name, count, HF_OPEN_OR_CREATE, detail::now(&c_)));
    }
    void count_down(uint64_t by = 1) const {
        check(hf_latch_count_down(c_, by));
    }
    bool wait(const timeout &limit = timeout()) const {
        return detail::done(hf_latch_wait(c_, limit.ms()), HF_TIMEOUT);
    }
};

class barrier : public handle<hf_barrier> {
  public:
    using handle::handle;
    explicit barrier(const client &of, const char *name, uint32_t parties) {
        check(hf_barrier_open(of.c(), name, parties, nullptr, detail::now(&c_)));
    }
    /** Returns the place in the order of arrival, from 0. Throws HF_TIMEOUT and
   * HF_BROKEN. */
    uint32_t arrive_and_wait(const timeout &limit = timeout()) const {
        uint32_t index = 0;
        check(hf_barrier_wait(c_, limit.ms(), detail::now(&index)));
        return index;
    }
};

/* ---- several calls at once ---- */

/** This thread's calls are collected until finish(); if the scope is left
 * before that, by an exception say, none is made. Of the functions here, call
 * those that return nothing; calls in C may have outputs, which finish()
 * writes. See pipeline.h.
 *
 *     holdfast::client here(client);
 *     holdfast::dict accounts(dict);
 *     holdfast::atomic_batch transfer(here);
 *     HF_COLLECT(hf_dict_add_int(accounts.c(), "ada", -10, nullptr, nullptr));
 *     HF_COLLECT(hf_dict_add_int(accounts.c(), "bob", 10, nullptr, nullptr));
 *     transfer.finish();
 */
class collection {
  public:
    collection(const collection &) = delete;
    collection &operator=(const collection &) = delete;

  protected:
    collection(const client &of, hf_status begun) : c_(of.c()), open_(true) {
        check(begun);
        detail::collecting()++;
    }
    ~collection() {
        if (open_) {
            hf_pipeline_abandon(close());
        }
    }
    hf_client *close() {
        if (!open_) {
            throw error(HF_INVALID, "the collection is finished already");
        }
        open_ = false;
        detail::collecting()--;
        return c_;
    }

  private:
    hf_client *c_;
    bool open_;
};

class pipeline : public collection {
  public:
    explicit pipeline(const client &of) : collection(of, hf_pipeline_begin(of.c())) {
    }
    /** Throws the first refusal. */
    void finish() {
        check(hf_pipeline_finish(close(), nullptr, 0));
    }
};

class batch : public collection {
  public:
    explicit batch(const client &of) : collection(of, hf_batch_begin(of.c())) {
    }
    /** Throws the refusal at which it stopped. Returns HF_OK or HF_OWNER_DIED. */
    hf_status finish(const timeout &limit = timeout()) {
        return check(hf_batch_finish(close(), limit.ms(), nullptr));
    }

  protected:
    batch(const client &of, hf_status begun) : collection(of, begun) {
    }
};

/** All of its calls are done, or none. */
class atomic_batch : public batch {
  public:
    explicit atomic_batch(const client &of) : batch(of, hf_batch_begin_atomic(of.c())) {
    }
};

/** Calls without an answer. */
class post : public collection {
  public:
    explicit post(const client &of) : collection(of, hf_post_begin(of.c())) {
    }
    void finish() {
        check(hf_post_finish(close()));
    }
};

} // namespace holdfast

#endif
