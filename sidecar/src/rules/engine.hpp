#pragma once
// This component evaluates the rule groups that are due and keeps the state of their alerts. One
// thread owns it. It reads no clock: the same history and the same moments give the same alerts.
// An alert whose source has no data, or whose evaluation failed, keeps its state; it never
// resolves.

#include "base/clock.hpp"
#include "history/history.hpp"
#include "rules/alert.hpp"
#include "rules/rule.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace opsmon::rules {

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

    // Every alert that fires, of all groups, and those that have resolved since the last call.
    // `metrics_without_data` names the metrics whose collector fails at the moment.
    [[nodiscard]] std::vector<Alert>
    evaluate_due(const history::History& history, TimestampMs now,
                 const std::set<std::string>& metrics_without_data);

    [[nodiscard]] EngineStats stats() const;

private:
    struct ActiveAlert {
        Lifecycle life;
        std::map<std::string, std::string> annotations;
        double value = 0;
        bool no_data = false;
    };
    using ActiveAlerts = std::map<metrics::Labels, ActiveAlert>;

    struct RuleState {
        Rule rule;
        ActiveAlerts active;
    };
    struct GroupState {
        Group group; // its rules have moved into `rules`
        std::vector<RuleState> rules;
        std::optional<TimestampMs> evaluated_slot;
    };

    static GroupState start(Group group);
    void adopt(GroupState& group, GroupState& before);
    void evaluate(const GroupState& group, RuleState& rule, const history::History& history,
                  TimestampMs now, const std::set<std::string>& metrics_without_data);
    void apply(RuleState& rule, ActiveAlerts found, bool blind, TimestampMs now);
    static Alert to_alert(const metrics::Labels& labels, const ActiveAlert& alert);

    std::vector<GroupState> groups_;
    std::vector<Alert> resolved_; // not yet handed out; of removed rules: without a moment yet
    std::uint64_t evaluation_failures_total_ = 0;
    std::string last_failure_;
};

} // namespace opsmon::rules
