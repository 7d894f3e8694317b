#include "base/scheduler.hpp"

#include <exception>
#include <system_error>
#include <thread>
#include <utility>

#include <pthread.h>

#include "base/log.hpp"

namespace opsmon {

void StopSignal::request() {
    {
        const std::lock_guard lock(mutex_);
        requested_ = true;
    }
    changed_.notify_all();
}

bool StopSignal::requested() const {
    const std::lock_guard lock(mutex_);
    return requested_;
}

bool StopSignal::wait_until(SteadyTime until) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, until, [this] { return requested_; });
}

SteadyTime next_slot(SteadyTime start, std::chrono::milliseconds interval, SteadyTime now) {
    if (now < start) {
        return start;
    }
    return start + ((now - start) / interval + 1) * interval;
}

struct PeriodicTask::State {
    StopSignal stop;
    StopSignal finished;
};

PeriodicTask::PeriodicTask(const std::string& name, std::chrono::milliseconds interval,
                           Function function, std::chrono::milliseconds delay)
    : state_(std::make_shared<State>()) {
    auto run = [state = state_, name, interval, delay, function = std::move(function)]() mutable {
        const SteadyTime start = steady_now() + delay;
        state->stop.wait_until(start);
        while (!state->stop.requested()) {
            try {
                function(state->stop);
            } catch (const std::exception& problem) {
                log::failure("a fault of the sidecar itself; please report it",
                             {{"task", name}, {"error", problem.what()}});
            }
            if (state->stop.wait_until(next_slot(start, interval, steady_now()))) {
                break;
            }
        }
        function = nullptr; // what it owns is gone before anyone learns that it has finished
        state->finished.request();
    };
    try {
        std::thread thread(std::move(run));
        pthread_setname_np(thread.native_handle(), name.substr(0, 15).c_str());
        thread.detach();
    } catch (const std::system_error& problem) {
        log::failure("the system has no thread left for a task; it stands still until a restart",
                     {{"task", name}, {"error", problem.what()}});
        state_->finished.request();
    }
}

PeriodicTask::~PeriodicTask() {
    request_stop();
}

void PeriodicTask::request_stop() {
    state_->stop.request();
}

bool PeriodicTask::wait_until_stopped(SteadyTime deadline) {
    return state_->finished.wait_until(deadline);
}

} // namespace opsmon
