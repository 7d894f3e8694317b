#include <catch2/catch.hpp>

#include "rules/alert_state.hpp"

#include <vector>

using namespace opsmon;
using rules::AlertState;
using rules::AlertTiming;
using rules::Condition;
using rules::Lifecycle;
using rules::step;

namespace {

constexpr auto Holds = Condition::Holds;
constexpr auto Gone = Condition::Gone;
constexpr auto Unknown = Condition::Unknown;

Lifecycle pending_since(TimestampMs at) {
    return {AlertState::Pending, at, 0, 0, std::nullopt};
}
Lifecycle firing(TimestampMs active_at, TimestampMs fired_at) {
    return {AlertState::Firing, active_at, fired_at, 0, std::nullopt};
}

// Evaluates once per second and writes down the states: . p F
std::string story(const std::vector<Condition>& conditions, AlertTiming timing) {
    std::string out;
    Lifecycle alert;
    TimestampMs now = 0;
    for (const auto condition : conditions) {
        alert = step(alert, condition, timing, now += 1000);
        out += ".pF"[static_cast<int>(alert.state)];
    }
    return out;
}

} // namespace

// The whole table: every state, every condition, before and after the times of the rule.
TEST_CASE("every_transition_of_an_alert", "[rules]") {
    const AlertTiming timing{10, 20};
    struct Row {
        const char* name;
        Lifecycle before;
        Condition condition;
        TimestampMs now;
        Lifecycle after;
    };
    const Lifecycle inactive;
    Lifecycle kept = firing(100, 110);
    kept.gone_since = 200;
    Lifecycle resolved = firing(100, 110);
    resolved.state = AlertState::Inactive;
    const auto resolved_at = [&](TimestampMs at) {
        auto out = resolved;
        out.resolved_at = at;
        return out;
    };
    const std::vector<Row> table = {
        {"inactive holds", inactive, Holds, 100, pending_since(100)},
        {"inactive gone", inactive, Gone, 100, inactive},
        {"inactive unknown", inactive, Unknown, 100, inactive},
        {"pending holds, too early", pending_since(100), Holds, 109, pending_since(100)},
        {"pending holds, long enough", pending_since(100), Holds, 110, firing(100, 110)},
        {"pending gone", pending_since(100), Gone, 109, inactive},
        {"pending unknown", pending_since(100), Unknown, 500, inactive},
        {"firing holds", firing(100, 110), Holds, 500, firing(100, 110)},
        {"firing gone: kept", firing(100, 110), Gone, 200, kept},
        {"kept, still gone", kept, Gone, 219, kept},
        {"kept, gone for long enough", kept, Gone, 220, resolved_at(220)},
        {"kept, back again", kept, Holds, 219, firing(100, 110)},
        {"kept, unknown", kept, Unknown, 900, kept},
        {"firing unknown", firing(100, 110), Unknown, 900, firing(100, 110)},
        {"resolved holds: a new one", resolved_at(220), Holds, 300, pending_since(300)},
        {"resolved gone", resolved_at(220), Gone, 300, resolved_at(220)},
    };
    for (const auto& row : table) {
        CAPTURE(row.name);
        CHECK(step(row.before, row.condition, timing, row.now) == row.after);
    }
}

TEST_CASE("without_for_an_alert_fires_at_once", "[rules]") {
    CHECK(step({}, Holds, {0, 0}, 100) == firing(100, 100));
}

TEST_CASE("without_keep_firing_for_an_alert_resolves_at_once", "[rules]") {
    const auto after = step(firing(100, 110), Gone, {10, 0}, 200);
    CHECK(after.state == AlertState::Inactive);
    CHECK(after.resolved_at == 200);
}

TEST_CASE("alerts_live_as_their_rule_says", "[rules]") {
    CHECK(story({Holds, Holds, Holds, Gone}, {2000, 0}) == "ppF.");
    CHECK(story({Holds, Gone, Holds, Holds, Holds}, {2000, 0}) == "p.ppF");
    CHECK(story({Holds, Gone, Gone, Gone, Gone}, {0, 2000}) == "FFF..");
    CHECK(story({Holds, Gone, Holds, Gone, Gone, Gone}, {0, 2000}) == "FFFFF.");
    CHECK(story({Holds, Unknown, Unknown, Unknown}, {0, 0}) == "FFFF");
}

TEST_CASE("time_without_data_does_not_count_as_time_in_which_it_held", "[rules]") {
    CHECK(story({Holds, Unknown, Unknown, Holds, Holds, Holds}, {2000, 0}) == "p..ppF");
    CHECK(story({Holds, Holds, Unknown, Holds, Unknown, Holds}, {2000, 0}) == "pp.p.p");
}

TEST_CASE("a_clock_set_back_does_not_stretch_the_wait", "[rules]") {
    auto alert = step({}, Holds, {10, 0}, 1'000'000);
    alert = step(alert, Holds, {10, 0}, 500);
    CHECK(alert == pending_since(500));
    CHECK(step(alert, Holds, {10, 0}, 510).state == AlertState::Firing);
}
