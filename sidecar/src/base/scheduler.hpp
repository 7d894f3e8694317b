#pragma once
// This component provides `PeriodicTask`: one thread that calls a function at a fixed rate until it
// is told to stop, and `StopSignal`, the wait inside it that ends early on that request. Collectors
// and the pipeline run in one each. It never waits for a call that hangs: such a thread is
// abandoned, so what the function uses must be owned by the function.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.hpp"

namespace opsmon {

class StopSignal {
public:
    void request();
    [[nodiscard]] bool requested() const;

    // True as soon as a stop is requested, false when `until` came first.
    bool wait_until(SteadyTime until) const;

private:
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    bool requested_ = false;
};

// The first slot of the grid start, start + interval, ... that lies after `now`: a call that took
// too long skips slots and never makes the next ones come in a burst.
SteadyTime next_slot(SteadyTime start, std::chrono::milliseconds interval, SteadyTime now);

class PeriodicTask {
public:
    using Function = std::function<void(const StopSignal&)>;

    // Calls `function` after `delay` and then every `interval`. `name` is what `top -H` shows. What
    // `function` throws ends that call only, and goes to the log.
    PeriodicTask(const std::string& name, std::chrono::milliseconds interval, Function function,
                 std::chrono::milliseconds delay = {});
    ~PeriodicTask();
    PeriodicTask(const PeriodicTask&) = delete;
    PeriodicTask& operator=(const PeriodicTask&) = delete;

    void request_stop();

    // False when the thread was still busy at `deadline`; it then ends by itself, whenever it can.
    bool wait_until_stopped(SteadyTime deadline);

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace opsmon
