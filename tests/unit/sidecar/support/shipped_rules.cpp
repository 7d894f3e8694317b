#include "support/shipped_rules.hpp"

#include <catch2/catch.hpp>

#include "rules/rule_file.hpp"

namespace opsmon::test {

std::vector<rules::Group> shipped_rules() {
    const auto loaded = rules::load_rule_files(
        {std::string(OPSMON_SOURCE_DIR) + "/sidecar/rules/opsmon.rules.yml"});
    if (!loaded) {
        FAIL(loaded.error().message);
    }
    return *loaded;
}

std::vector<rules::Alert> alerts_after(TimestampMs seconds, const SeriesList& series,
                                       const SeriesList& growing) {
    rules::Engine engine(shipped_rules());
    history::History history;
    std::vector<rules::Alert> alerts;
    for (TimestampMs now = 0; now <= seconds * 1000; now += 1000) {
        auto all = series;
        for (const auto& [name, each_second] : growing) {
            all.emplace_back(name, each_second * static_cast<double>(now / 1000));
        }
        history.append(now, points(all));
        alerts = engine.evaluate_due(history, now, {});
    }
    INFO(engine.stats().last_failure);
    CHECK(engine.stats().evaluation_failures_total == 0);
    return alerts;
}

void check(const Expectation& expected) {
    INFO(expected.alert << " " << (expected.series.empty() ? "" : expected.series.front().first));
    // Up to one group interval later than `for`; and not one second before it.
    const auto alerts = alerts_after(expected.seconds + 5, expected.series, expected.growing);
    REQUIRE(alerts.size() == 1);
    const auto& alert = alerts.front();
    CHECK(alert.labels.get("alertname") == expected.alert);
    CHECK(alert.labels.get("severity") == expected.severity);
    const auto text = alert.annotations.at("summary") + "\n" + alert.annotations.at("description");
    for (const auto& part : expected.says) {
        CHECK_THAT(text, Catch::Contains(part));
    }
    CHECK_THAT(text, !Catch::Contains("<error") && !Catch::Contains("<no value>"));
    if (expected.seconds > 0) {
        CHECK(alerts_after(expected.seconds - 1, expected.series, expected.growing).empty());
    }
}

} // namespace opsmon::test
