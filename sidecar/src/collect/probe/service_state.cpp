#include "collect/probe/service_state.hpp"

namespace opsmon::collect {

ServiceState::Attempt ServiceState::begin(SteadyTime now) {
    const std::lock_guard lock(mutex_);
    begun_at_ = now;
    return ++last_attempt_;
}

std::optional<bool> ServiceState::end(Attempt attempt, bool healthy, SteadyTime now) {
    const std::lock_guard lock(mutex_);
    if (attempt != last_attempt_ || !begun_at_) {
        return std::nullopt;
    }
    record(healthy, now);
    return healthy_;
}

bool ServiceState::give_up_if_late(SteadyTime now) {
    const std::lock_guard lock(mutex_);
    if (!begun_at_ || now - *begun_at_ <= timeout_) {
        return false;
    }
    record(false, now);
    return true;
}

void ServiceState::record(bool healthy, SteadyTime now) {
    const std::chrono::duration<double> took = now - *begun_at_;
    response_times_.observe(took.count());
    healthy_ = healthy && took <= timeout_;
    begun_at_.reset();
}

ServiceState::View ServiceState::view() const {
    const std::lock_guard lock(mutex_);
    return {healthy_, response_times_};
}

void ServiceState::continue_from(const ServiceState& predecessor) {
    const View before = predecessor.view();
    const std::lock_guard lock(mutex_);
    healthy_ = before.healthy;
    response_times_ = before.response_times;
}

} // namespace opsmon::collect
