#include "store/store.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/log.hpp"

namespace opsmon::store {
namespace {

struct Noted {
    std::optional<std::string> value; // nothing: to be removed
    std::uint64_t number = 0;         // tells it from a later one of the same key
};

struct Reading {
    Key key;
    std::optional<Result<std::optional<std::string>>> answer;
};

// What a caller waits for while the thread does it: a call on the database.
struct Task {
    std::function<Result<void>(Database&)> call;
    std::optional<Result<void>> answer;
};

std::size_t bytes_of(const Noted& noted) {
    return noted.value ? noted.value->size() : 0;
}

} // namespace

struct Store::State {
    State(std::string its_folder, Limits its_limits, OpenDatabase its_open)
        : folder(std::move(its_folder)), limits(its_limits), open_database(std::move(its_open)) {}

    const std::string folder;
    const Limits limits;
    const OpenDatabase open_database;

    std::mutex mutex; // what follows
    std::condition_variable changed;
    std::map<Key, Noted> noted;
    std::size_t noted_bytes = 0;
    std::uint64_t last_number = 0;
    std::deque<std::shared_ptr<Reading>> readings;
    std::deque<std::shared_ptr<Task>> tasks;
    std::optional<SteadyTime> busy_since; // in a call on the disk
    std::optional<std::uint64_t> bytes;   // on the disk
    std::optional<Error> problem = Error{"storage.path: " + folder + " does not answer", true};
    bool tried = false; // to open it
    bool told = false;  // the log has the problem
    bool stopping = false;
    bool ended = false;

    std::unique_ptr<Database> database; // only the thread's; null: it has to be opened
    SteadyTime retry_at{};

    using Lock = std::unique_lock<std::mutex>;

    void live(); // all that the thread does
    void run(Lock& lock);
    void try_to_open(Lock& lock);
    void write_noted(Lock& lock);
    void answer_readings(Lock& lock);
    void do_tasks(Lock& lock);
    Result<void> wait_for(std::shared_ptr<Task> task, std::chrono::milliseconds patience);
    void fail(Lock& lock, Error error);
    Result<std::uint64_t> note(Key key, std::optional<std::string> value);
    [[nodiscard]] bool is_noted(const Key& key, std::uint64_t number) const;
    [[nodiscard]] SteadyTime end_of_patience() const;

    // Calls on the disk without the lock: nobody waits for them but by a condition.
    template <typename Call>
    auto on_the_disk(Lock& lock, const Call& call) {
        busy_since = steady_now();
        lock.unlock();
        auto result = call();
        lock.lock();
        busy_since.reset();
        changed.notify_all();
        return result;
    }
};

void Store::State::live() {
    Lock lock(mutex);
    try {
        run(lock);
    } catch (const std::exception& fault) { // no memory left, at most
        log::failure("a fault of the sidecar itself; please report it",
                     {{"task", "store"}, {"error", fault.what()}});
        if (!lock.owns_lock()) {
            lock.lock();
        }
        problem = Error{"nothing is kept any more: " + std::string(fault.what())};
        tried = true;
        busy_since.reset();
    }
    ended = true;
    changed.notify_all();
}

void Store::State::run(Lock& lock) {
    while (!stopping) {
        if (!database && steady_now() >= retry_at) {
            try_to_open(lock);
        }
        answer_readings(lock);
        do_tasks(lock);
        write_noted(lock);
        if (database) {
            bytes = on_the_disk(lock, [this] { return database->bytes(); });
        }
        const auto has_work = [this] {
            return stopping || !readings.empty() || !tasks.empty() || (database && !noted.empty());
        };
        if (database) {
            changed.wait(lock, has_work);
        } else {
            changed.wait_until(lock, retry_at, has_work);
        }
    }
    write_noted(lock);
    answer_readings(lock);
    do_tasks(lock);
    on_the_disk(lock, [this] {
        database.reset();
        return true;
    });
}

void Store::State::try_to_open(Lock& lock) {
    auto opened = on_the_disk(lock, [this] { return open_database(folder); });
    tried = true;
    if (!opened) {
        fail(lock, opened.error());
        return;
    }
    database = std::move(*opened);
}

// What cannot be written stays noted. Up again it is only when all is written that waited.
void Store::State::write_noted(Lock& lock) {
    while (database && !noted.empty()) {
        const auto [key, copy] = *noted.begin();
        const auto written = on_the_disk(
            lock, [&, &key = key, &copy = copy] { return database->write(key, copy.value); });
        if (!written) {
            fail(lock, written.error());
            return;
        }
        if (is_noted(key, copy.number)) {
            noted_bytes -= bytes_of(copy);
            noted.erase(key);
        }
    }
    if (database) {
        problem.reset();
        if (std::exchange(told, false)) {
            log::info("what must survive a restart is kept again", {{"folder", folder}});
        }
    }
    changed.notify_all();
}

void Store::State::answer_readings(Lock& lock) {
    while (!readings.empty()) {
        const auto reading = readings.front();
        readings.pop_front();
        if (!database) {
            reading->answer = *problem;
            continue;
        }
        auto answer = on_the_disk(lock, [&] { return database->read(reading->key); });
        reading->answer = answer;
        if (!answer) {
            fail(lock, answer.error());
        }
    }
    changed.notify_all();
}

void Store::State::do_tasks(Lock& lock) {
    while (!tasks.empty()) {
        const auto task = tasks.front();
        tasks.pop_front();
        if (!database) {
            task->answer = *problem;
            continue;
        }
        auto answer = on_the_disk(lock, [&] { return task->call(*database); });
        task->answer = answer;
        if (!answer) {
            fail(lock, answer.error());
        }
    }
    changed.notify_all();
}

Result<void> Store::State::wait_for(std::shared_ptr<Task> task,
                                    std::chrono::milliseconds patience) {
    Lock lock(mutex);
    tasks.push_back(task);
    changed.notify_all();
    changed.wait_for(lock, patience, [&] { return task->answer.has_value() || ended; });
    if (!task->answer) {
        std::erase(tasks, task); // one that has begun is left to itself
        return Error{"the disk of " + folder + " does not answer in time", true};
    }
    return *task->answer;
}

// A new attempt starts from the beginning: the file may be damaged, or another one by then.
void Store::State::fail(Lock& lock, Error error) {
    problem = std::move(error);
    retry_at = steady_now() + limits.retry;
    if (!std::exchange(told, true) && problem->retryable) {
        log::warning("nothing is kept over a restart of the sidecar until storage.path can be used",
                     {{"folder", folder}, {"error", problem->message}});
    }
    if (database) {
        on_the_disk(lock, [this] {
            database.reset();
            return true;
        });
    }
    changed.notify_all();
}

Result<std::uint64_t> Store::State::note(Key key, std::optional<std::string> value) {
    if (value && value->size() > kMaxValueBytes) {
        return Error{"cannot keep " + key.first + " " + key.second + ": " +
                     std::to_string(value->size()) + " bytes, more than " +
                     std::to_string(kMaxValueBytes)};
    }
    const auto known = noted.find(key);
    const std::size_t before = known == noted.end() ? 0 : bytes_of(known->second);
    const std::size_t bytes_then = noted_bytes - before + (value ? value->size() : 0);
    if (bytes_then > kNotedBytesMax || (known == noted.end() && noted.size() == kNotedMax)) {
        return Error{"cannot keep " + key.first + " " + key.second +
                         ": too much waits to be written in " + folder,
                     true};
    }
    noted_bytes = bytes_then;
    noted[std::move(key)] = {std::move(value), ++last_number};
    changed.notify_all();
    return last_number;
}

bool Store::State::is_noted(const Key& key, std::uint64_t number) const {
    const auto at = noted.find(key);
    return at != noted.end() && at->second.number == number;
}

// Of a call that hangs already, nobody waits as long again.
SteadyTime Store::State::end_of_patience() const {
    return busy_since.value_or(steady_now()) + limits.patience;
}

Store::Store(std::shared_ptr<State> state, Limits limits)
    : state_(std::move(state)), limits_(limits) {}

Result<std::shared_ptr<Store>> Store::open(const std::string& folder) {
    return open(folder, Limits{}, open_database);
}

Result<std::shared_ptr<Store>> Store::open(const std::string& folder, Limits limits,
                                           OpenDatabase open_database) {
    auto state = std::make_shared<State>(folder, limits, std::move(open_database));
    try {
        std::thread([state] { state->live(); }).detach();
    } catch (const std::system_error&) {
        return Error{"storage.path: the system has no thread left to write in " + folder, true};
    }
    std::shared_ptr<Store> store(new Store(state, limits));
    State::Lock lock(state->mutex);
    if (!state->changed.wait_for(lock, limits.opening, [&] { return state->tried; })) {
        state->told = true;
        log::warning("nothing is kept over a restart of the sidecar until storage.path can be used",
                     {{"folder", folder}, {"error", state->problem->message}});
        return store;
    }
    if (state->problem && !state->problem->retryable) {
        const Error error = *state->problem;
        lock.unlock();
        return error;
    }
    return store;
}

Store::~Store() {
    State::Lock lock(state_->mutex);
    state_->stopping = true;
    state_->changed.notify_all();
    state_->changed.wait_for(lock, limits_.ending, [this] { return state_->ended; });
}

Result<std::optional<std::string>> Store::read(std::string_view kind, std::string_view key) {
    const auto reading = std::make_shared<Reading>();
    reading->key = {std::string(kind), std::string(key)};
    State::Lock lock(state_->mutex);
    if (const auto at = state_->noted.find(reading->key); at != state_->noted.end()) {
        return at->second.value;
    }
    const SteadyTime end = state_->end_of_patience();
    if (steady_now() < end) {
        state_->readings.push_back(reading);
        state_->changed.notify_all();
        state_->changed.wait_until(lock, end, [&] { return reading->answer.has_value(); });
    }
    if (!reading->answer) {
        std::erase(state_->readings, reading);
        return Error{"cannot read in " + state_->folder + ": the disk does not answer in time",
                     true};
    }
    return *reading->answer;
}

Result<void> Store::write(std::string_view kind, std::string_view key, std::string_view value) {
    const State::Lock lock(state_->mutex);
    const auto noted = state_->note({std::string(kind), std::string(key)}, std::string(value));
    return noted ? Result<void>() : noted.error();
}

Result<void> Store::write_through(std::string_view kind, std::string_view key,
                                  std::string_view value) {
    const Key whole{std::string(kind), std::string(key)};
    State::Lock lock(state_->mutex);
    const auto noted = state_->note(whole, std::string(value));
    if (!noted) {
        return noted.error();
    }
    const auto written = [&] { return !state_->is_noted(whole, *noted); };
    state_->changed.wait_until(lock, state_->end_of_patience(),
                               [&] { return written() || state_->problem.has_value(); });
    if (written()) {
        return {};
    }
    return state_->problem.value_or(
        Error{"cannot write in " + state_->folder + ": the disk does not answer in time", true});
}

Result<std::vector<Entry>> Store::read_all(std::string_view kind,
                                           std::chrono::milliseconds patience) {
    auto entries = std::make_shared<std::vector<Entry>>(); // the thread may be late
    auto task = std::make_shared<Task>();
    task->call = [entries, wanted = std::string(kind)](Database& database) -> Result<void> {
        auto read = database.read_all(wanted);
        if (!read) {
            return read.error();
        }
        *entries = std::move(*read);
        return {};
    };
    const auto done = state_->wait_for(std::move(task), patience);
    return done ? Result<std::vector<Entry>>(std::move(*entries)) : done.error();
}

Result<void> Store::write_batch(std::vector<Change> changes, std::chrono::milliseconds patience) {
    if (changes.size() > kBatchMax) {
        return Error{"cannot keep " + std::to_string(changes.size()) + " changes at once"};
    }
    auto task = std::make_shared<Task>();
    task->call = [shared = std::make_shared<std::vector<Change>>(std::move(changes))](
                     Database& database) { return database.write_batch(*shared); };
    return state_->wait_for(std::move(task), patience);
}

Result<void> Store::remove(std::string_view kind, std::string_view key) {
    const State::Lock lock(state_->mutex);
    const auto noted = state_->note({std::string(kind), std::string(key)}, std::nullopt);
    return noted ? Result<void>() : noted.error();
}

bool Store::up() const {
    const State::Lock lock(state_->mutex);
    return !state_->problem && steady_now() < state_->end_of_patience();
}

std::optional<std::uint64_t> Store::bytes() const {
    const State::Lock lock(state_->mutex);
    return state_->bytes;
}

bool Store::flush(SteadyTime deadline) {
    State::Lock lock(state_->mutex);
    state_->changed.wait_until(
        lock, deadline, [this] { return state_->noted.empty() || state_->problem.has_value(); });
    return state_->noted.empty() || state_->problem.has_value();
}

} // namespace opsmon::store
