#include "notify/outbox.hpp"

#include "notify/backoff.hpp"

#include <algorithm>

namespace opsmon::notify {
namespace {

// The engine offers every firing alert all the time; one that has not come for this long is gone.
constexpr std::chrono::hours kForgetAfter{1};

} // namespace

void Outbox::offer(const std::vector<rules::Alert>& alerts, SteadyTime now) {
    for (const auto& alert : alerts) {
        offer_one(alert, now);
    }
    forget_old(now);
}

void Outbox::offer_one(const rules::Alert& alert, SteadyTime now) {
    if (const auto known = told_.find(alert.labels); known != told_.end()) {
        known->second.seen_at = now;
    }
    const bool flying = in_flight_ == alert.labels;
    const auto reason = reason_to_send(alert, told(alert.labels), policy_, now);
    // While it is in flight nobody knows yet what the receiver will have been told: next() decides.
    if (reason == SendReason::Nothing && !flying) {
        waiting_.erase(alert.labels);
        if (!alert.firing()) {
            told_.erase(alert.labels);
            turned_away_.erase(alert.labels);
        }
        return;
    }
    const auto same = waiting_.find(alert.labels);
    if (same != waiting_.end()) {
        same->second.alert = alert;
    } else if (waiting_.size() < kMaxWaiting) {
        waiting_.emplace(alert.labels, Waiting{alert, ++order_});
        turned_away_.erase(alert.labels);
    } else if (turned_away_.size() < kMaxTold && turned_away_.insert(alert.labels).second) {
        ++stats_.dropped; // once, however often it is offered while there is no room
    }
}

std::optional<rules::Alert> Outbox::next(SteadyTime now, bool regardless_of_rest) {
    if (now < rests_until_ && !regardless_of_rest) {
        return std::nullopt;
    }
    while (!waiting_.empty()) {
        const auto first =
            std::min_element(waiting_.begin(), waiting_.end(), [](const auto& a, const auto& b) {
                return a.second.order < b.second.order;
            });
        auto alert = std::move(first->second.alert);
        waiting_.erase(first);
        if (reason_to_send(alert, told(alert.labels), policy_, now) != SendReason::Nothing) {
            in_flight_ = alert.labels;
            return alert;
        }
        if (!alert.firing()) {
            told_.erase(alert.labels);
        }
    }
    return std::nullopt;
}

void Outbox::completed(const rules::Alert& alert, const Verdict& verdict, SteadyTime now) {
    in_flight_.reset();
    if (verdict.kind == Verdict::Kind::Retry) {
        ++stats_.retries;
        rests_until_ = now + std::chrono::milliseconds(
                                 backoff_ms(++failures_in_a_row_, verdict.retry_after_ms));
        // Unless a newer state has come in the meantime, this one is still to be told, and first.
        if (!waiting_.contains(alert.labels)) {
            waiting_.emplace(alert.labels, Waiting{alert, 0});
        }
        return;
    }
    const bool delivered = verdict.kind == Verdict::Kind::Delivered;
    (delivered ? stats_.sent : stats_.failed) += 1;
    failures_in_a_row_ = 0;
    rests_until_ = {};
    if (!alert.firing()) {
        told_.erase(alert.labels);
    } else if (told_.size() < kMaxTold || told_.contains(alert.labels)) {
        told_[alert.labels] = Record{{alert.fired_at, now, delivered}, now};
    }
}

std::optional<SteadyTime> Outbox::next_at(SteadyTime now) const {
    if (waiting_.empty()) {
        return std::nullopt;
    }
    return std::max(now, rests_until_);
}

void Outbox::adopt(DedupPolicy policy) {
    policy_ = policy;
    rests_until_ = {};
    failures_in_a_row_ = 0;
    std::erase_if(told_, [](const auto& entry) { return !entry.second.told.arrived; });
}

OutboxStats Outbox::stats() const {
    auto stats = stats_;
    stats.waiting = waiting_.size();
    return stats;
}

std::optional<Told> Outbox::told(const Key& key) const {
    const auto known = told_.find(key);
    return known == told_.end() ? std::nullopt : std::optional(known->second.told);
}

void Outbox::forget_old(SteadyTime now) {
    std::erase_if(told_,
                  [now](const auto& entry) { return now - entry.second.seen_at > kForgetAfter; });
}

} // namespace opsmon::notify
