/* SPDX-License-Identifier: MIT
 *
 * tickets: three processes sell ten seats to 25 customers, who come in a queue.
 * A seat is sold under a lock, so none is sold twice. The same in C:
 * shared_value.
 *
 * Teaches: holdfast.hpp: a lock in std::lock_guard, a queue in a loop until it
 * is closed, items of a dict, holdfast::error.
 *
 * Prints:
 *     10 seats are sold, to 10 customers
 *     15 customers came in vain
 */
#include <holdfast.hpp>

#include <cstdio>
#include <mutex>
#include <set>
#include <vector>

namespace {

enum { SEATS = 10, CUSTOMERS = 25, SELLERS = 3 };

struct shop {
    holdfast::queue customers;
    holdfast::mutex lock;
    holdfast::dict seats; // who has which
    holdfast::value in_vain;

    explicit shop(const holdfast::client &here)
        : customers(here), lock(here), seats(here), in_vain(here) {
    }

    void sell() {
        for (const std::string &name : customers.until_closed<std::string>()) {
            std::lock_guard<holdfast::mutex> hold(lock);
            const uint64_t sold = seats.size();
            if (sold < SEATS) {
                seats.set(sold + 1, name);
            } else {
                in_vain.add(1);
            }
        }
    }
};

// The function of a process: no exception may leave it.
int run_seller(void *argument) {
    try {
        static_cast<shop *>(argument)->sell();
        return 0;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "a seller: %s\n", error.what());
        return 1;
    }
}

void run() {
    holdfast::manager manager;
    holdfast::client here(manager);
    shop tickets(here);
    std::vector<hf_process *> sellers(SELLERS);
    for (hf_process *&seller : sellers) {
        holdfast::check(hf_process_start(run_seller, &tickets, nullptr, &seller));
    }
    for (int i = 0; i < CUSTOMERS; i++) {
        tickets.customers.put("customer " + std::to_string(i));
    }
    tickets.customers.close();
    for (hf_process *seller : sellers) {
        holdfast::check(hf_process_join(seller, -1));
        hf_process_free(seller);
    }

    std::set<std::string> names;
    for (const hf_any_item &seat : tickets.seats.items()) {
        names.insert(holdfast::as<std::string>(seat.value));
    }
    std::printf("%d seats are sold, to %d customers\n", static_cast<int>(tickets.seats.size()),
                static_cast<int>(names.size()));
    std::printf("%d customers came in vain\n", static_cast<int>(tickets.in_vain.load()));
}

} // namespace

int main() {
    try {
        run();
        return 0;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
