# SPDX-License-Identifier: MIT
"""The comparison's tasks in Python: processes that use multiprocessing.Manager, or what else
multiprocessing has for it, in a closed loop. Does what clients.c does, and prints what came of it.

    manager.py SYSTEM TASK CLIENTS PRODUCERS TIME_MS IN_FLIGHT WORKERS

Lines of output: "ops N", "wall_ns N", "server_cpu_ns N", "client_cpu_ns N", and for the latencies
"time NANOSECONDS HOW_OFTEN". Fails if the number that is counted down does not come out right.
"""

import collections
import ctypes
import multiprocessing
import multiprocessing.managers
import multiprocessing.sharedctypes
import os
import pickle
import random
import resource
import signal
import sys
import time

START = 1_000_000_000
KEYS = 1000
LAST = None


def end_with_parent():
    """However the measurement ends, nothing is left of it."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Shared:
    """What the workers use: made before they are forked, as a program would."""

    def __init__(self, system):
        self.manager = None
        self.pool = None
        if system == "pool":
            return
        if system != "queue":  # else as multiprocessing.Manager() does it
            self.manager = multiprocessing.managers.SyncManager()
            self.manager.start(end_with_parent)
            self.dict = self.manager.dict({key(i): START for i in range(KEYS)})
            self.number = self.manager.Value("q", START)
            self.queue = self.manager.Queue()
            self.lock = self.manager.Lock()
        else:
            # Without a bound a producer keeps the thread that sends its items from running.
            self.queue = multiprocessing.Queue(KEYS)
        if system == "manager_own_lock":
            self.lock = multiprocessing.Lock()

    def cpu_ns(self):
        """What the manager's process has used so far."""
        if not self.manager:
            return 0
        clock = (~self.manager._process.pid << 3) | 2  # as clock_getcpuclockid() makes it
        return time.clock_gettime_ns(clock)


def key(number):
    return f"key-{number:012}"


# Each is one turn of a worker; returns whether to go on.


def get_set(shared, turn):
    if turn % 2 == 0:
        return shared.dict[key(random.randrange(KEYS))] == START
    shared.dict[key(random.randrange(KEYS))] = START
    return True


def locked(shared, _turn):
    with shared.lock:
        shared.number.value = shared.number.value - 1
    return True


def put(shared, turn):
    shared.queue.put(turn)
    return True


def take(shared, _turn):
    return shared.queue.get() is not LAST


def put_take(shared, turn):
    return put(shared, turn) and take(shared, turn)


def square(number):
    return number * number


def check_squares(squares):
    if squares[-1] != (len(squares) - 1) ** 2:
        sys.exit("a square is wrong")
    return True


def map_squares(shared, _turn):
    return check_squares(shared.pool.map(square, range(shared.in_flight)))


def apply_squares(shared, _turn):
    tasks = [shared.pool.apply_async(square, (i,)) for i in range(shared.in_flight)]
    return check_squares([task.get() for task in tasks])


def spawn(_shared, turn):
    process = multiprocessing.Process(target=square, args=(turn,))
    process.start()
    process.join()
    return True


TASKS = {
    "map": (map_squares, None),
    "apply": (apply_squares, None),
    "spawn": (spawn, None),
    "get_set": (get_set, None),
    "locked": (locked, None),
    "put_take": (put_take, None),
    "stream": (take, put),
}


class Board(ctypes.Structure):
    _fields_ = [("begin_ns", ctypes.c_int64), ("end_ns", ctypes.c_int64)]


def work(shared, act, board, counts, by_time):
    """The closed loop. Returns operations in the time, all of them, CPU time and latencies."""
    ops = total = 0
    cpu = None
    times = collections.Counter()
    now = time.monotonic_ns()
    while not by_time or now < board.end_ns:
        if not act(shared, total):
            break
        began, now = now, time.monotonic_ns()
        total += 1
        if cpu is None and now >= board.begin_ns:
            cpu = time.process_time_ns()
        if board.begin_ns <= now <= board.end_ns:
            ops += shared.in_flight
            times[round(now - began, -3)] += 1
    used = time.process_time_ns() - cpu if cpu is not None else 0
    return (ops, total, used, times) if counts else (0, 0, used, times)


class Worker:
    def __init__(self, shared, act, board, gates, counts, by_time):
        self.result, result = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            self.run(shared, act, board, gates, result, counts, by_time)
        os.close(result)

    def run(self, shared, act, board, gates, result, counts, by_time):
        end_with_parent()
        (_, ready), (go, open_go) = gates
        os.close(open_go)
        random.seed(os.getpid())
        if shared.manager:
            len(shared.dict)  # connects
        if shared.workers:
            shared.pool = multiprocessing.Pool(shared.workers, end_with_parent)
            shared.pool.map(square, range(shared.workers))
        os.write(ready, b"r")
        os.read(go, 1)
        done = work(shared, act, board, counts, by_time)
        with os.fdopen(result, "wb") as file:
            pickle.dump(done, file)
        if hasattr(shared, "queue") and not shared.manager:
            shared.queue.close()
            shared.queue.join_thread()
        os._exit(0)

    def finish(self):
        with os.fdopen(self.result, "rb") as file:
            done = pickle.load(file)
        _, status = os.waitpid(self.pid, 0)
        if status != 0:
            sys.exit("a worker has failed")
        return done


def wait_until_ready(gate, count):
    while count > 0:
        count -= len(os.read(gate, count))


def sleep_until(time_ns):
    time.sleep(max(0, time_ns - time.monotonic_ns()) / 1e9)


def measure(shared, board, go, clients, time_ms):
    """Let them go; returns the time that counts and the manager's CPU time in it, as clients.c."""
    board.begin_ns = time.monotonic_ns() + (time_ms // 5 + clients // 2) * 1_000_000
    board.end_ns = board.begin_ns + time_ms * 1_000_000
    os.close(go)
    sleep_until(board.begin_ns)
    cpu, wall = shared.cpu_ns(), time.monotonic_ns()
    sleep_until(board.end_ns)
    cpu, wall = shared.cpu_ns() - cpu, time.monotonic_ns() - wall
    wanted = board.end_ns - board.begin_ns
    return wanted, cpu * wanted // wall


def report(results, wall_ns, server_cpu_ns):
    times = sum((result[3] for result in results), collections.Counter())
    print("ops", sum(result[0] for result in results))
    print("wall_ns", wall_ns)
    print("server_cpu_ns", server_cpu_ns)
    print("client_cpu_ns", sum(result[2] for result in results))
    for time_ns, often in times.items():
        print("time", time_ns, often)


def run(system, task, clients, producers, time_ms, in_flight, workers):
    shared = Shared(system)
    shared.in_flight, shared.workers = in_flight, workers
    act, produce = TASKS[task]
    board = multiprocessing.sharedctypes.RawValue(Board)
    gates = os.pipe(), os.pipe()
    workers = []
    for i in range(clients):
        produces = produce is not None and i < producers
        workers.append(
            Worker(shared, produce if produces else act, board, gates, not produces,
                   produce is None or produces))
    wait_until_ready(gates[0][0], clients)
    wall_ns, server_cpu_ns = measure(shared, board, gates[1][1], clients, time_ms)

    producing = producers if produce else 0
    results = [worker.finish() for worker in workers[:producing]]
    for _ in workers[producing:] if produce else []:
        shared.queue.put(LAST)
    results += [worker.finish() for worker in workers[producing:]]
    if task == "locked" and shared.number.value != START - sum(result[1] for result in results):
        sys.exit("the number is wrong")
    report(results, wall_ns, server_cpu_ns)


if __name__ == "__main__":
    end_with_parent()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    run(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
