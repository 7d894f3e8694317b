#include "rules/engine.hpp"

#include "promql/eval.hpp"
#include "rules/expand.hpp"

#include <algorithm>
#include <utility>

namespace opsmon::rules {
namespace {

bool same_identity(const Rule& a, const Rule& b) {
    return a.alert == b.alert && a.labels == b.labels;
}

bool is_blind(const promql::Expression& expr, const history::History& history, TimestampMs now,
              const std::set<std::string>& metrics_without_data) {
    return std::any_of(metrics_without_data.begin(), metrics_without_data.end(),
                       [&](const std::string& metric) {
                           // A failing collector may still report some of its metrics.
                           return expr.may_read(metric) && !history.has_data(metric, now);
                       });
}

} // namespace

Engine::Engine(std::vector<Group> groups) {
    for (auto& group : groups) {
        groups_.push_back(start(std::move(group)));
    }
}

Engine::GroupState Engine::start(Group group) {
    GroupState state;
    for (auto& rule : group.rules) {
        state.rules.push_back({std::move(rule), {}});
    }
    group.rules.clear();
    state.group = std::move(group);
    return state;
}

void Engine::replace(std::vector<Group> groups) {
    auto before = std::move(groups_);
    groups_.clear();
    for (auto& group : groups) {
        groups_.push_back(start(std::move(group)));
        auto& now = groups_.back();
        const auto same = std::find_if(before.begin(), before.end(), [&](const GroupState& old) {
            return old.group.file == now.group.file && old.group.name == now.group.name;
        });
        if (same != before.end()) {
            adopt(now, *same);
        }
    }
    for (const auto& group : before) {
        for (const auto& rule : group.rules) {
            for (const auto& [labels, alert] : rule.active) {
                if (alert.life.state == AlertState::Firing) {
                    resolved_.push_back(to_alert(labels, alert));
                    resolved_.back().state = AlertState::Inactive;
                }
            }
        }
    }
}

void Engine::adopt(GroupState& group, GroupState& before) {
    for (auto& rule : group.rules) {
        const auto same =
            std::find_if(before.rules.begin(), before.rules.end(),
                         [&](const RuleState& old) { return same_identity(old.rule, rule.rule); });
        if (same != before.rules.end()) {
            rule.active = std::move(same->active);
            before.rules.erase(same); // two rules of one identity: each takes its own, in order
        }
    }
}

std::vector<Alert> Engine::evaluate_due(const history::History& history, TimestampMs now,
                                        const std::set<std::string>& metrics_without_data) {
    for (auto& group : groups_) {
        // Slots of the clock, not time since the last run: a late tick delays one evaluation and
        // not all that follow.
        const auto slot = now / group.group.interval_ms;
        if (group.evaluated_slot == slot) {
            continue;
        }
        group.evaluated_slot = slot;
        for (auto& rule : group.rules) {
            evaluate(group, rule, history, now, metrics_without_data);
        }
    }
    std::vector<Alert> out;
    std::set<metrics::Labels> firing;
    for (const auto& group : groups_) {
        for (const auto& rule : group.rules) {
            for (const auto& [labels, alert] : rule.active) {
                if (alert.life.state == AlertState::Firing && firing.insert(labels).second) {
                    out.push_back(to_alert(labels, alert));
                }
            }
        }
    }
    for (auto& alert : std::exchange(resolved_, {})) {
        // What another rule still fires under the same labels is not over.
        if (!firing.contains(alert.labels)) {
            alert.resolved_at = alert.resolved_at == 0 ? now : alert.resolved_at;
            out.push_back(std::move(alert));
        }
    }
    return out;
}

void Engine::evaluate(const GroupState& group, RuleState& rule, const history::History& history,
                      TimestampMs now, const std::set<std::string>& metrics_without_data) {
    const auto failed = [&](const std::string& why) {
        ++evaluation_failures_total_;
        last_failure_ = group.group.file + ": group " + group.group.name + ": alert " +
                        rule.rule.alert + ": " + why;
    };
    auto vector = promql::evaluate_vector(rule.rule.expr, history, now);
    if (!vector) {
        return failed(vector.error().message);
    }
    if (group.group.limit > 0 && vector->size() > group.group.limit) {
        return failed("exceeded limit of " + std::to_string(group.group.limit) + " with " +
                      std::to_string(vector->size()) + " alerts");
    }
    ActiveAlerts found;
    for (const auto& sample : *vector) {
        auto expanded = expand(rule.rule, sample, history, now);
        ActiveAlert alert{{}, std::move(expanded.annotations), sample.value, false};
        if (!found.emplace(std::move(expanded.labels), std::move(alert)).second) {
            return failed("vector contains metrics with the same labelset after applying alert "
                          "labels");
        }
    }
    apply(rule, std::move(found), is_blind(rule.rule.expr, history, now, metrics_without_data),
          now);
}

void Engine::apply(RuleState& rule, ActiveAlerts found, bool blind, TimestampMs now) {
    const AlertTiming timing{rule.rule.for_ms, rule.rule.keep_firing_for_ms};
    for (auto& [labels, alert] : found) {
        const auto known = rule.active.find(labels);
        const auto life = known == rule.active.end() ? Lifecycle{} : known->second.life;
        alert.life = step(life, Condition::Holds, timing, now);
    }
    for (auto& [labels, alert] : rule.active) {
        if (found.contains(labels)) {
            continue;
        }
        const bool fired = alert.life.state == AlertState::Firing;
        alert.life = step(alert.life, blind ? Condition::Unknown : Condition::Gone, timing, now);
        alert.no_data = blind;
        if (alert.life.state != AlertState::Inactive) {
            found.emplace(labels, std::move(alert));
        } else if (fired) {
            resolved_.push_back(to_alert(labels, alert));
        }
    }
    rule.active = std::move(found);
}

Alert Engine::to_alert(const metrics::Labels& labels, const ActiveAlert& alert) {
    return {alert.life.state,       labels,
            alert.annotations,      alert.value,
            alert.life.active_at,   alert.life.fired_at,
            alert.life.resolved_at, alert.no_data};
}

EngineStats Engine::stats() const {
    EngineStats stats;
    stats.evaluation_failures_total = evaluation_failures_total_;
    stats.last_failure = last_failure_;
    for (const auto& group : groups_) {
        stats.rules += group.rules.size();
        for (const auto& rule : group.rules) {
            for (const auto& [labels, alert] : rule.active) {
                (alert.life.state == AlertState::Firing ? stats.firing : stats.pending) += 1;
            }
        }
    }
    return stats;
}

} // namespace opsmon::rules
