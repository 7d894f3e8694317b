#pragma once
// This component evaluates the rule groups that are due, keeps the state of their alerts and writes
// what they derive back into the history. One thread owns it. It reads no clock: the same history
// and the same moments give the same alerts. An alert whose source has no data, or whose evaluation
// failed, keeps its state; it never resolves.

#include "base/clock.hpp"
#include "history/history.hpp"
#include "metrics/silence.hpp"
#include "rules/active_alerts.hpp"
#include "rules/alert.hpp"
#include "rules/blind.hpp"
#include "rules/expand.hpp"
#include "rules/rule.hpp"
#include "rules/rules_view.hpp"
#include "rules/saved_alerts.hpp"
#include "rules/written_series.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace opsmon::rules {

// For this long after the start a restored alert waits for metrics that were not seen yet.
inline constexpr TimestampMs kSettling_ms = 5 * 60 * 1000;

struct EngineStats {
    std::size_t rules = 0;
    std::uint64_t evaluation_failures_total = 0;
    std::size_t pending = 0;
    std::size_t firing = 0;
    std::string last_failure; // of the last evaluation that failed: which rule, and why
};

class Engine {
public:
    explicit Engine(std::vector<Group> groups);

    // A rule with the same group, name and labels as before keeps the state of its alerts. Alerts
    // of rules that are gone come out of the next evaluate_due() as resolved.
    void replace(std::vector<Group> groups);

    void set_external(External external) { external_ = std::move(external); }

    // What a process before this one kept, as soon as it can be read. Alerts of rules that are gone
    // come out as resolved.
    void restore(const std::vector<SavedRule>& saved, TimestampMs watched_until);
    // The rules whose alerts have changed since this was asked last, as they are to be kept.
    [[nodiscard]] std::vector<SavedRule> take_changes();

    // Every alert that fires, of all groups, and those that have resolved since the last call.
    // What is missing because of `silence` is unknown.
    [[nodiscard]] std::vector<Alert> evaluate_due(history::History& history, TimestampMs now,
                                                  const metrics::Silence& silence);

    [[nodiscard]] EngineStats stats() const;
    [[nodiscard]] std::vector<GroupView> view() const;

    // Seconds of a clock that only goes forward: how long evaluations take. Without it they take 0.
    void set_stopwatch(std::function<double()> stopwatch) { stopwatch_ = std::move(stopwatch); }

private:
    struct RuleState {
        Rule rule;
        std::string identity; // by which its alerts are known over a reload and a restart
        ActiveAlerts active;
        WrittenSeries written;
        Sight sight = {}; // of a recording rule
        std::optional<TimestampMs> blind_at = {};
        RuleHealth health = {};
    };
    struct GroupState {
        Group group; // its rules have moved into `rules`
        std::vector<RuleState> rules;
        std::optional<TimestampMs> evaluated_slot;
        RuleHealth health = {};
    };
    struct Moment {
        history::History& history;
        TimestampMs now;
        metrics::Silence silence;
    };

    static GroupState start(Group group);
    void adopt(GroupState& group, std::vector<GroupState>& before);
    void forget(RuleState& rule);
    void evaluate_timed(const GroupState& group, RuleState& rule, Moment& moment);
    void evaluate(const GroupState& group, RuleState& rule, Moment& moment);
    void alert(const GroupState& group, RuleState& rule, const promql::Vector& vector,
               Moment& moment);
    void record(const GroupState& group, RuleState& rule, const promql::Vector& vector,
                Moment& moment);
    static void see(const GroupState& group, RuleState& rule, const Moment& moment);
    void failed(const GroupState& group, RuleState& rule, const std::string& why);
    [[nodiscard]] double seconds() const { return stopwatch_ ? stopwatch_() : 0; }
    // Where Prometheus' page shows the expression; "" where the address is not known.
    [[nodiscard]] std::string generator_url(const Rule& rule) const;
    [[nodiscard]] bool is_unsettled(const Rule& rule, const Moment& moment) const;
    [[nodiscard]] std::vector<Alert> hand_out(TimestampMs now);

    std::vector<GroupState> groups_;
    External external_;
    TemplateRegexes regexes_;
    std::vector<Alert> resolved_; // not yet handed out; of removed rules: without a moment yet
    std::vector<metrics::SeriesPoint> ending_; // stale markers for series of removed rules
    std::vector<std::string> forgotten_;       // identities
    std::optional<TimestampMs> started_at_;
    std::uint64_t evaluation_failures_total_ = 0;
    std::string last_failure_;
    std::function<double()> stopwatch_;
};

} // namespace opsmon::rules
