#include "rules/active_alerts.hpp"

#include <utility>

namespace opsmon::rules {
namespace {

Alert to_alert(const metrics::Labels& labels, const ActiveAlert& alert) {
    return {alert.life.state,       labels,
            alert.annotations,      alert.value,
            alert.life.active_at,   alert.life.fired_at,
            alert.life.resolved_at, alert.no_data};
}

// What a process before this one left: the time nobody watched is no time the condition held in.
Lifecycle resume(Lifecycle life, TimestampMs watched_until, TimestampMs now) {
    if (life.state != AlertState::Pending) {
        return life;
    }
    const auto away_ms = now - watched_until;
    if (away_ms < 0 || away_ms > kOutageTolerance_ms) {
        return Lifecycle{};
    }
    life.active_at += away_ms;
    return life;
}

metrics::SeriesPoint series_of(const metrics::Labels& alert, const char* name, const char* state,
                               double value) {
    metrics::SeriesPoint out{alert, value};
    out.labels.set(metrics::kMetricName, name);
    if (state != nullptr) {
        out.labels.set("alertstate", state);
    }
    return out;
}

} // namespace

std::vector<Alert> ActiveAlerts::apply(AlertMap found, const Sight& sight,
                                       const AlertTiming& timing, TimestampMs now) {
    for (auto& [labels, alert] : found) {
        const auto known = alerts_.find(labels);
        Lifecycle before;
        if (known != alerts_.end()) {
            alert.blind_at = known->second.blind_at;
            const auto& from = known->second.restored_from;
            before = from ? resume(known->second.life, *from, now) : known->second.life;
        }
        if (sight.is_blind_to(labels, alert.restored_from.has_value())) {
            alert.blind_at = now;
        }
        alert.life = step(before, Condition::Holds, timing, now);
        changed_ = changed_ || known == alerts_.end() || !(alert.life == known->second.life);
    }
    std::vector<Alert> over;
    for (auto& [labels, alert] : alerts_) {
        if (found.contains(labels)) {
            continue;
        }
        const auto before = alert.life;
        const bool blind = sight.is_blind_to(labels, alert.restored_from.has_value());
        const bool waits = alert.restored_from && (blind || sight.unsettled);
        // A clock that was set back must not leave a moment in the future: it would hold the alert
        // until the clock is there again.
        const bool is_later = alert.blind_at && *alert.blind_at > now;
        alert.blind_at = blind || is_later ? now : alert.blind_at;
        const bool refills = alert.blind_at && now - *alert.blind_at < sight.refill_ms;
        if (waits && before.state == AlertState::Pending) {
            // It keeps the time it had, and the time it waits is not added.
            alert.life = resume(before, *alert.restored_from, now);
            alert.restored_from = now;
        } else {
            const bool unknown = blind || waits || refills;
            alert.life = step(before, unknown ? Condition::Unknown : Condition::Gone, timing, now);
            alert.no_data = unknown;
        }
        changed_ = changed_ || !(alert.life == before);
        if (alert.life.state != AlertState::Inactive) {
            found.emplace(labels, std::move(alert));
        } else if (before.state == AlertState::Firing) {
            over.push_back(to_alert(labels, alert));
        }
    }
    alerts_ = std::move(found);
    return over;
}

void ActiveAlerts::restore(const metrics::Labels& labels, ActiveAlert alert) {
    alert.no_data = alert.life.state == AlertState::Firing;
    const auto known = alerts_.find(labels);
    if (known == alerts_.end()) {
        alerts_.emplace(labels, std::move(alert));
    } else if (alert.life.state == AlertState::Firing) {
        known->second.life = alert.life;
    }
}

std::vector<metrics::SeriesPoint> ActiveAlerts::series() const {
    std::vector<metrics::SeriesPoint> out;
    for (const auto& [labels, alert] : alerts_) {
        const bool fires = alert.life.state == AlertState::Firing;
        out.push_back(series_of(labels, "ALERTS", fires ? "firing" : "pending", 1));
        out.push_back(series_of(labels, "ALERTS_FOR_STATE", nullptr,
                                static_cast<double>(alert.life.active_at / 1000)));
    }
    return out;
}

std::vector<Alert> ActiveAlerts::firing() const {
    std::vector<Alert> out;
    for (const auto& [labels, alert] : alerts_) {
        if (alert.life.state == AlertState::Firing) {
            out.push_back(to_alert(labels, alert));
        }
    }
    return out;
}

bool ActiveAlerts::take_changed() {
    return std::exchange(changed_, false);
}

} // namespace opsmon::rules
