#include <catch2/catch.hpp>

#include "rules/lint.hpp"
#include "rules/rule_file.hpp"
#include "support/rule_world.hpp"
#include "support/shipped_rules.hpp"

using namespace opsmon;
using test::one_group;
using test::recording;
using test::rule;

namespace {

std::string found(std::vector<rules::Rule> list, const rules::LintFacts& facts = {}) {
    std::string out;
    for (const auto& finding : rules::lint(one_group(std::move(list)), facts)) {
        out += (out.empty() ? "" : "\n") + finding.what;
    }
    return out;
}

// What is found in one expression; a part of the language that is not there yet is left out.
std::string found(const std::string& expr) {
    const auto parsed = promql::parse(expr);
    return parsed ? found({rule("A", expr)}) : "not parsed: " + parsed.error().message;
}

} // namespace

TEST_CASE("the_shipped_rules_have_nothing_to_be_complained_about", "[lint]") {
    for (const auto& finding : rules::lint(test::shipped_rules(), {.time_to_full_ms = 3'600'000})) {
        FAIL_CHECK(finding.to_string());
    }
}

TEST_CASE("names_and_labels_that_do_not_exist_are_found", "[lint]") {
    CHECK(found("postgresql_wal_size_byte > 1") == "there is no metric postgresql_wal_size_byte");
    CHECK(found("up == 0 or absent(nothing_here)") == "there is no metric nothing_here");
    CHECK(found("system_disk_usage_percent{mountpoint=\"/\"} > 85") ==
          "system_disk_usage_percent has no label mountpoint");
    CHECK(found("system_disk_usage_percent{mountpoint=\"\"} > 85") == "");
    CHECK(found("postgresql_up{a=\"1\"} == 0") == "postgresql_up has no label a");
    CHECK(found({recording("mine", "postgresql_up"), rule("A", "mine == 0")}) == "");
    CHECK(found("ALERTS{alertstate=\"firing\"} and ALERTS_FOR_STATE") == "");
    const auto findings = rules::lint(one_group({rule("A", "postgresql_wal_size_byte > 1")}), {});
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].to_string() ==
          "test.yml:0: A: there is no metric postgresql_wal_size_byte\n"
          "    why: neither the sidecar nor a rule in these files writes it\n"
          "    instead: perhaps postgresql_wal_size_bytes");
}

TEST_CASE("comparisons_that_are_never_true_are_found", "[lint]") {
    for (const char* expr :
         {"postgresql_up > 1", "postgresql_up == 2", "postgresql_up < 0", "postgresql_up >= 1.5",
          "2 < postgresql_up", "absent(postgresql_up) == 0", "(postgresql_up == 0) > 0",
          "postgresql_wal_size_bytes > 5 < 3", "(postgresql_wal_size_bytes > bool 1) > 1"}) {
        CAPTURE(expr);
        CHECK_THAT(found(expr), Catch::Contains("is never true"));
    }
    for (const char* expr :
         {"postgresql_up == 0", "postgresql_up >= 1", "0 == postgresql_up", "absent(postgresql_up)",
          "postgresql_wal_size_bytes > 3 < 5", "postgresql_wal_size_bytes != 0",
          "-postgresql_wal_size_bytes < -5", "postgresql_up * 100 > 50",
          "time() - postgresql_guard_last_event_timestamp_seconds < 60"}) {
        CAPTURE(expr);
        CHECK(found(expr) == "");
    }
}

TEST_CASE("sides_that_never_meet_are_found", "[lint]") {
    const std::string only = "the two sides never meet: only one of them has the label ";
    CHECK(found("postgresql_slot_active == 0 and postgresql_in_recovery == 0") ==
          only + "slot_name");
    // As awesome-prometheus-alerts has it.
    CHECK(found("(pg_replication_slots_active == 0) and (pg_replication_is_replica == 0)") ==
          only + "slot_name");
    CHECK(found("postgresql_connections / postgresql_max_connections > 0.8") == only + "state");
    CHECK(found("postgresql_up == 0 unless postgresql_guard_rung") == only + "volume");
    CHECK(found("postgresql_volume_free_bytes{volume=\"wal\"} / "
                "postgresql_volume_size_bytes{volume=\"data\"} < 0.1") ==
          "the two sides never have the same label volume");
    CHECK(found("postgresql_connections{state=\"a\",state=\"b\"} > 1") ==
          "label state is to be both \"a\" and \"b\"");
    CHECK(found("postgresql_up == 0 or postgresql_guard_rung > 3") == "");
    CHECK(found("postgresql_connections > scalar(postgresql_max_connections) * 0.8") == "");
}

TEST_CASE("counters_and_units_that_are_taken_for_others_are_found", "[lint]") {
    CHECK(found("network_bytes_sent_total > 800000000") ==
          "the counter network_bytes_sent_total is compared with a number");
    CHECK(found("network_bytes_sent_total == 0") == "");
    CHECK(found("postgresql_wal_size_bytes > postgresql_guard_fence_since_timestamp_seconds") ==
          "bytes are compared with seconds");
}

TEST_CASE("texts_that_use_a_label_which_is_not_there_are_found", "[lint]") {
    CHECK(found({rule("A", "postgresql_up == 0", 0, {}, {{"d", "{{ $labels.slave }}"}})}) ==
          "the text d uses $labels.slave");
    CHECK(found({rule("A", "service_health_status == 0", 0, {{"l", "{{ $labels.service }}"}},
                      {{"d", "{{ range query \"m\" }}{{ .Labels.a }}{{ end }}"}})}) == "");
}

TEST_CASE("a_for_that_is_longer_than_it_takes_to_fill_up_is_found", "[lint]") {
    const auto list = [] {
        return std::vector{rule("A", "postgresql_wal_size_bytes > 5", 120'000)};
    };
    CHECK(found(list(), {.time_to_full_ms = 90'000}) == "for is longer than it takes to fill up");
    CHECK(found(list(), {.time_to_full_ms = 180'000}) == "");
    CHECK(found(list()) == "");
    CHECK(found({rule("A", "postgresql_up == 0", 120'000)}, {.time_to_full_ms = 90'000}) == "");
}

TEST_CASE("a_recording_rule_that_writes_over_a_collector_is_found", "[lint]") {
    CHECK(found({recording("postgresql_up", "postgresql_in_recovery")}) ==
          "the rule writes postgresql_up, which a collector shows");
}

TEST_CASE("a_window_that_need_not_hold_two_samples_is_found", "[lint]") {
    const std::string cpu = "system_cpu_seconds_total";
    REQUIRE(found("rate(" + cpu + "[1m]) > 1").empty());
    const auto fault = "rate() over 5s of samples that are 15s apart";
    const rules::LintFacts every_15_s{.sample_interval_ms = 15'000};
    CHECK(found({rule("A", "rate(" + cpu + "[5s]) > 1")}, every_15_s) == fault);
    CHECK(found({rule("A", "rate(" + cpu + "[29s]) > 1")}, every_15_s) != "");
    CHECK(found({rule("A", "rate(" + cpu + "[30s]) > 1")}, every_15_s) == "");
    CHECK(found("rate(" + cpu + "[19s]) > 1") == "rate() over 19s of samples that are 10s apart");
    CHECK(found("rate(" + cpu + "[20s]) > 1") == "");
    CHECK(found("avg_over_time(postgresql_wal_size_bytes[1s]) > 1") == "");
    CHECK(found("max_over_time(delta(postgresql_wal_size_bytes[5s])[5m:1m]) > 1") ==
          "delta() over 5s of samples that are 10s apart");
    // A subquery has samples at its own steps, a recorded series at those of its group.
    CHECK(found("deriv(postgresql_wal_size_bytes[90s:1m]) > 1") ==
          "deriv() over 1m30s of samples that are 1m apart");
    CHECK(found("deriv(postgresql_wal_size_bytes[90s:]) > 1") ==
          "deriv() over 1m30s of samples that are 1m apart");
    CHECK(found({recording("mine_total", "postgresql_up"),
                 rule("A", "rate(mine_total[2s]) > 0")}) == "");
    const auto findings =
        rules::lint(one_group({rule("A", "rate(" + cpu + "[5s]) > 1")}), every_15_s);
    REQUIRE(findings.size() == 1);
    CHECK_THAT(findings[0].to_string(), Catch::Contains("there are never two in that time") &&
                                            Catch::Contains("four samples: [1m]"));
}
