#include "collect/probe/probe_record.hpp"

#include <utility>

namespace opsmon::collect {
namespace {

void keep(std::deque<ProbeOutcome>& kept, ProbeOutcome outcome) {
    if (kept.size() == ProbeRecord::kKept) {
        kept.pop_front();
    }
    kept.push_back(std::move(outcome));
}

} // namespace

void ProbeRecord::add(ProbeOutcome outcome) {
    const std::lock_guard lock(mutex_);
    Summary& summary = kept_.summary;
    ++summary.failed.at(static_cast<std::size_t>(outcome.reason));
    if (outcome.tls_expiry) {
        summary.tls_expiry = outcome.tls_expiry;
    }
    summary.phase_seconds = outcome.phase_seconds;
    summary.http_status = outcome.http_status;
    summary.unit_state = outcome.unit_state;
    if (outcome.good()) {
        // When it ended, which is when the service was seen to be well.
        summary.last_success_at =
            outcome.begun_at + static_cast<TimestampMs>(outcome.took_seconds * 1000);
    } else {
        keep(kept_.failures, outcome);
    }
    keep(kept_.last, std::move(outcome));
}

ProbeRecord::View ProbeRecord::view() const {
    const std::lock_guard lock(mutex_);
    return kept_;
}

ProbeRecord::Summary ProbeRecord::summary() const {
    const std::lock_guard lock(mutex_);
    return kept_.summary;
}

void ProbeRecord::continue_from(const ProbeRecord& predecessor) {
    View before = predecessor.view();
    const std::lock_guard lock(mutex_);
    kept_ = std::move(before);
}

} // namespace opsmon::collect
