#include "web/query_gate.hpp"

namespace opsmon::web {

QueryGate::Verdict QueryGate::enter() {
    std::unique_lock lock(mutex_);
    const auto has_room = [this] { return running_ < limits_.running_max; };
    if (!has_room()) {
        if (waiting_ >= limits_.waiting_max) {
            return Verdict::Crowded;
        }
        ++waiting_;
        const bool came_in = left_.wait_for(lock, limits_.patience, has_room);
        --waiting_;
        if (!came_in) {
            return Verdict::WaitedTooLong;
        }
    }
    ++running_;
    return Verdict::Entered;
}

void QueryGate::leave() {
    const std::lock_guard lock(mutex_);
    --running_;
    left_.notify_one();
}

} // namespace opsmon::web
