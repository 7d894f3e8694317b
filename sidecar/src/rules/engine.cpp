#include "rules/engine.hpp"

#include "promql/eval.hpp"
#include "promql/print.hpp"
#include "rules/expand.hpp"
#include "rules/reach.hpp"
#include "rules/record.hpp"
#include "rules/template_urls.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

namespace opsmon::rules {
namespace {

// Whose labels a rule replaces, those its alerts do not tell apart any more.
std::function<bool(std::string_view)> hides(const Rule& rule) {
    return [&rule](std::string_view label) {
        const auto is_it = [&](const auto& written) { return written.first == label; };
        return std::any_of(rule.labels.begin(), rule.labels.end(), is_it) ||
               std::any_of(rule.record_labels.begin(), rule.record_labels.end(), is_it);
    };
}

// Collectors look that often at the least.
constexpr TimestampMs kBetweenLooks_ms = 15 * 1000;

// From the last look at a source that was silent until a window is filled again.
TimestampMs refill_of(const Group& group, const Rule& rule) {
    const auto reach = std::min(reach_into_sources(rule.expr.root()), kOutageTolerance_ms);
    return reach == 0 ? 0 : reach + group.interval_ms + kBetweenLooks_ms;
}

} // namespace

Engine::Engine(std::vector<Group> groups) {
    for (auto& group : groups) {
        groups_.push_back(start(std::move(group)));
    }
}

Engine::GroupState Engine::start(Group group) {
    GroupState state;
    std::set<std::string> identities;
    for (auto& rule : group.rules) {
        // Rules of one identity: each takes its own, in order.
        const auto identity = identity_of(group, rule);
        auto numbered = identity;
        for (int i = 2; !identities.insert(numbered).second; ++i) {
            numbered = identity + "\n" + std::to_string(i);
        }
        state.rules.push_back({std::move(rule), std::move(numbered), {}, {}, {}, {}});
    }
    group.rules.clear();
    state.group = std::move(group);
    return state;
}

void Engine::replace(std::vector<Group> groups) {
    auto before = std::exchange(groups_, {});
    for (auto& group : groups) {
        groups_.push_back(start(std::move(group)));
        adopt(groups_.back(), before);
    }
    for (auto& group : before) {
        for (auto& rule : group.rules) {
            forget(rule);
        }
    }
}

void Engine::adopt(GroupState& group, std::vector<GroupState>& before) {
    const auto same = std::find_if(before.begin(), before.end(), [&](const GroupState& old) {
        return old.group.file == group.group.file && old.group.name == group.group.name;
    });
    if (same == before.end()) {
        return;
    }
    for (auto& rule : group.rules) {
        const auto old =
            std::find_if(same->rules.begin(), same->rules.end(),
                         [&](const RuleState& known) { return known.identity == rule.identity; });
        if (old != same->rules.end()) {
            rule.active = std::move(old->active);
            rule.written = std::move(old->written);
            rule.sight = std::move(old->sight);
            rule.blind_at = old->blind_at;
            rule.health = std::move(old->health);
            same->rules.erase(old);
        }
    }
}

void Engine::forget(RuleState& rule) {
    for (auto& alert : rule.active.firing()) {
        alert.state = AlertState::Inactive;
        alert.no_data = false; // it is over because nobody asks any more
        resolved_.push_back(std::move(alert));
    }
    for (auto& point : rule.written.next({})) {
        ending_.push_back(std::move(point));
    }
    if (!rule.active.alerts().empty()) {
        forgotten_.push_back(rule.identity);
    }
}

void Engine::restore(const std::vector<SavedRule>& saved, TimestampMs watched_until) {
    for (const auto& kept : saved) {
        RuleState gone{Rule{"", *promql::parse("0")}, kept.identity, {}, {}};
        auto* rule = &gone;
        for (auto& group : groups_) {
            for (auto& known : group.rules) {
                rule = known.identity == kept.identity ? &known : rule;
            }
        }
        for (const auto& [labels, alert] : kept.alerts) {
            auto restored = alert;
            restored.restored_from = watched_until;
            rule->active.restore(labels, std::move(restored));
        }
        if (rule == &gone) {
            forget(gone);
        }
    }
}

std::vector<SavedRule> Engine::take_changes() {
    std::vector<SavedRule> out;
    for (auto& identity : std::exchange(forgotten_, {})) {
        out.push_back({std::move(identity), {}});
    }
    for (auto& group : groups_) {
        for (auto& rule : group.rules) {
            if (rule.active.take_changed()) {
                out.push_back({rule.identity, rule.active.alerts()});
            }
        }
    }
    return out;
}

std::vector<Alert> Engine::evaluate_due(history::History& history, TimestampMs now,
                                        const metrics::Silence& silence) {
    started_at_ = std::min(started_at_.value_or(now), now);
    history.append_derived(now, std::exchange(ending_, {}));
    Moment moment{history, now, silence};
    for (auto& group : groups_) {
        // Slots of the clock, not time since the last run: a late tick delays one evaluation and
        // not all that follow.
        const auto slot = now / group.group.interval_ms;
        const bool due = group.evaluated_slot != slot;
        group.evaluated_slot = slot;
        const double begun = seconds();
        for (auto& rule : group.rules) {
            if (due) {
                evaluate_timed(group, rule, moment);
            }
            if (rule.rule.records()) {
                add_silence(moment.silence, rule.sight, rule.rule.record);
            }
        }
        if (due) {
            group.health = {now, seconds() - begun, ""};
        }
    }
    return hand_out(now);
}

void Engine::evaluate_timed(const GroupState& group, RuleState& rule, Moment& moment) {
    const double begun = seconds();
    rule.health = {moment.now, 0, ""};
    evaluate(group, rule, moment);
    rule.health.seconds = seconds() - begun;
}

std::vector<Alert> Engine::hand_out(TimestampMs now) {
    std::vector<Alert> out;
    std::set<metrics::Labels> firing;
    for (const auto& group : groups_) {
        for (const auto& rule : group.rules) {
            auto alerts = rule.active.firing();
            const auto url = alerts.empty() ? std::string() : generator_url(rule.rule);
            for (auto& alert : alerts) {
                alert.generator_url = url;
                if (firing.insert(alert.labels).second) {
                    out.push_back(std::move(alert));
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

void Engine::failed(const GroupState& group, RuleState& rule, const std::string& why) {
    ++evaluation_failures_total_;
    rule.health.last_error = why;
    last_failure_ = group.group.file + ": group " + group.group.name +
                    (rule.rule.records() ? ": record " : ": alert ") + rule.rule.name() + ": " +
                    why;
}

void Engine::evaluate(const GroupState& group, RuleState& rule, Moment& moment) {
    const auto vector = promql::evaluate_vector(rule.rule.expr, moment.history, moment.now);
    if (!vector) {
        return failed(group, rule, vector.error().message);
    }
    if (group.group.limit > 0 && vector->size() > group.group.limit) {
        return failed(group, rule,
                      "exceeded limit of " + std::to_string(group.group.limit) + " with " +
                          std::to_string(vector->size()) +
                          (rule.rule.records() ? " series" : " alerts"));
    }
    rule.rule.records() ? record(group, rule, *vector, moment)
                        : alert(group, rule, *vector, moment);
}

void Engine::record(const GroupState& group, RuleState& rule, const promql::Vector& vector,
                    Moment& moment) {
    auto points = recorded(rule.rule, vector);
    if (!points) {
        return failed(group, rule, points.error().message);
    }
    see(group, rule, moment);
    moment.history.append_derived(moment.now, rule.written.next(std::move(*points)));
}

// A recording rule's own sight, for those who read what it writes.
void Engine::see(const GroupState& group, RuleState& rule, const Moment& moment) {
    Sight now = look(rule.rule.expr, moment.history, moment.now, moment.silence, hides(rule.rule));
    if (rule.blind_at && *rule.blind_at > moment.now) { // the clock was set back
        rule.blind_at = moment.now;
    }
    if (!now.is_clear()) {
        rule.blind_at = moment.now;
        rule.sight = std::move(now);
    } else if (rule.blind_at && moment.now - *rule.blind_at < refill_of(group.group, rule.rule)) {
        rule.sight = after_silence(rule.sight);
    } else {
        rule.sight = {};
    }
}

void Engine::alert(const GroupState& group, RuleState& rule, const promql::Vector& vector,
                   Moment& moment) {
    AlertMap found;
    for (const auto& sample : vector) {
        auto expanded = expand(rule.rule, sample, moment.history, moment.now, external_, regexes_);
        ActiveAlert alert{{}, std::move(expanded.annotations), sample.value, false, {}};
        if (!found.emplace(std::move(expanded.labels), std::move(alert)).second) {
            return failed(group, rule,
                          "vector contains metrics with the same labelset after applying alert "
                          "labels");
        }
    }
    Sight sight;
    if (!rule.active.alerts().empty()) {
        sight = look(rule.rule.expr, moment.history, moment.now, moment.silence, hides(rule.rule));
        sight.unsettled = is_unsettled(rule.rule, moment);
        sight.refill_ms = refill_of(group.group, rule.rule);
    }
    for (auto& over :
         rule.active.apply(std::move(found), sight,
                           {rule.rule.for_ms, rule.rule.keep_firing_for_ms}, moment.now)) {
        over.generator_url = generator_url(rule.rule);
        resolved_.push_back(std::move(over));
    }
    moment.history.append_derived(moment.now, rule.written.next(rule.active.series()));
}

std::string Engine::generator_url(const Rule& rule) const {
    return external_.url.empty() ? "" : external_.url + table_link(rule.expr.text());
}

// Some collectors show a figure only from their second cycle on, or after a while.
bool Engine::is_unsettled(const Rule& rule, const Moment& moment) const {
    const auto& names = rule.expr.metric_names();
    const auto running_ms = moment.now - *started_at_;
    if (running_ms < std::min(reach_of(rule.expr.root()), kOutageTolerance_ms)) {
        return true; // the window of a rate or an increase is not filled again yet
    }
    return running_ms < kSettling_ms &&
           std::any_of(names.begin(), names.end(), [&](const std::string& name) {
               return !moment.history.has_data(name, moment.now);
           });
}

namespace {

AlertView view_of(const metrics::Labels& labels, const ActiveAlert& alert) {
    return {labels,
            alert.annotations,
            alert.life.state,
            alert.life.active_at,
            alert.life.gone_since.value_or(0),
            alert.value,
            alert.no_data};
}

std::vector<std::pair<std::string, std::string>> texts_of(const std::vector<NamedTemplate>& all) {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& [name, text] : all) {
        out.emplace_back(name, text.text());
    }
    return out;
}

} // namespace

std::vector<GroupView> Engine::view() const {
    std::vector<GroupView> out;
    for (const auto& [group, rules, slot, health] : groups_) {
        out.push_back({group.name, group.file, group.interval_ms, group.limit, health, {}});
        for (const auto& state : rules) {
            const Rule& rule = state.rule;
            RuleView one{rule.records(),
                         rule.name(),
                         promql::print(rule.expr.root()),
                         rule.for_ms,
                         rule.keep_firing_for_ms,
                         rule.records() ? rule.record_labels : texts_of(rule.labels),
                         texts_of(rule.annotations),
                         state.health,
                         {}};
            for (const auto& [labels, alert] : state.active.alerts()) {
                one.alerts.push_back(view_of(labels, alert));
            }
            out.back().rules.push_back(std::move(one));
        }
    }
    return out;
}

EngineStats Engine::stats() const {
    EngineStats stats;
    stats.evaluation_failures_total = evaluation_failures_total_;
    stats.last_failure = last_failure_;
    for (const auto& group : groups_) {
        stats.rules += group.rules.size();
        for (const auto& rule : group.rules) {
            for (const auto& [labels, alert] : rule.active.alerts()) {
                (alert.life.state == AlertState::Firing ? stats.firing : stats.pending) += 1;
            }
        }
    }
    return stats;
}

} // namespace opsmon::rules
