#pragma once
// This component is what the notifier shares with its threads: the dispatcher under a lock, and the
// store. Only notifier.cpp, which sends, and notifier_state.cpp, which keeps, use it.

#include "notify/notifier.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace opsmon::notify {

inline constexpr std::chrono::milliseconds kStorePatience{2000};
inline constexpr std::chrono::milliseconds kStoreRetry{1000};

inline Moment moment_now() {
    const auto run = steady_now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::milliseconds>(run).count(), wall_now()};
}

struct Notifier::Shared {
    Shared(Settings settings, std::shared_ptr<store::Store> its_store)
        : dispatcher(std::move(settings)), store(std::move(its_store)) {}

    // notifier.cpp
    void run();
    void rest(std::unique_lock<std::mutex>& lock);
    Verdict attempt(const Job& job, std::chrono::milliseconds timeout);
    void complete(const Job& job, const Verdict& verdict, std::chrono::milliseconds took);
    void send_the_rest();
    Attempts& attempts_of(const ChannelConfig& config);

    // notifier_state.cpp
    void learn_at_start();
    [[nodiscard]] bool store_has_work() const;
    void keep_state();
    void learn(std::unique_lock<std::mutex>& lock);
    Result<void> read_kept(std::map<std::string, std::vector<store::Entry>>& into) const;
    void restore(const std::map<std::string, std::vector<store::Entry>>& kept);
    // `change` works on a copy, which counts once it is in the store; where that fails, it counts
    // all the same if it `may_wait` for the store, and else there is an error.
    Result<bool> change_silences(const std::function<Result<void>(Silences&)>& change,
                                 bool may_wait);

    mutable std::mutex mutex;
    std::condition_variable wake;
    std::condition_variable ended_wake;
    bool stopping = false;
    std::size_t running = 0;
    bool abandoned = false; // nobody waits any more: touch nothing that belongs to the process
    SteadyTime stop_end{};
    Dispatcher dispatcher;
    // By receiver and integration. What an outbox counts is added when a reload takes it away.
    std::map<std::pair<std::string, std::string>, Attempts> attempts;
    bool state_kept = true;
    bool known = true; // false: what is in the store could not be read yet
    SteadyTime asked_at{};

    const std::shared_ptr<store::Store> store; // null: nothing is kept
    std::timed_mutex keeping;                  // of what goes to the store; taken before `mutex`
};

} // namespace opsmon::notify
