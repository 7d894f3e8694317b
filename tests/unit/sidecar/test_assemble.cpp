#include <catch2/catch.hpp>

#include "collect/assemble.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

namespace {

const Timing kTiming{5s, 4s};

BoardEntry entry(const std::string& collector, bool success, SteadyTime reported_at) {
    BoardEntry out;
    out.collector = collector;
    out.timing = kTiming;
    CollectorReport report;
    report.collector = collector;
    report.success = success;
    report.duration_seconds = 0.25;
    if (collector == "memory") {
        report.samples.add<"system_memory_usage_percent">(42);
    }
    if (collector == "postgresql") {
        report.samples.add<"postgresql_up">(success ? 1 : 0);
    }
    out.rendering = metrics::render(report.samples.samples());
    out.report = std::make_shared<const CollectorReport>(std::move(report));
    out.reported_at = reported_at;
    if (success) {
        out.last_success_at = 1000;
    }
    return out;
}

BoardEntry silent_entry(const std::string& collector) {
    BoardEntry out;
    out.collector = collector;
    out.timing = kTiming;
    return out;
}

std::shared_ptr<const metrics::Snapshot> snapshot_at(std::vector<BoardEntry> entries,
                                                     SteadyTime now) {
    BoardView board;
    board.entries = std::move(entries);
    return assemble(board, {}, {5000, now});
}

bool shows(const metrics::Snapshot& snapshot, const std::string& line) {
    return snapshot.text->find(line + '\n') != std::string::npos;
}

} // namespace

TEST_CASE("a_fresh_report_is_shown_with_the_state_of_its_collector") {
    const auto snapshot = snapshot_at({entry("memory", true, SteadyTime(1s))}, SteadyTime(2s));
    CHECK(shows(*snapshot, "system_memory_usage_percent 42"));
    CHECK(shows(*snapshot, "opsmon_collector_success{collector=\"memory\"} 1"));
    CHECK(shows(*snapshot, "opsmon_collector_duration_seconds{collector=\"memory\"} 0.25"));
    CHECK(shows(*snapshot,
                "opsmon_collector_last_success_timestamp_seconds{collector=\"memory\"} 1"));
    CHECK(snapshot->at == 5000);
    CHECK(snapshot->complete);
    CHECK(snapshot->silence.metrics.empty());
    REQUIRE(snapshot->renderings.size() == 2);
    CHECK(snapshot->renderings[0]->points.size() + snapshot->renderings[1]->points.size() == 4);
}

TEST_CASE("a_report_that_is_too_old_is_left_out_and_its_collector_failed") {
    const auto in_time = snapshot_at({entry("memory", true, SteadyTime(0s))}, SteadyTime(19s));
    CHECK(shows(*in_time, "system_memory_usage_percent 42"));
    const auto late = snapshot_at({entry("memory", true, SteadyTime(0s))}, SteadyTime(19001ms));
    CHECK_FALSE(shows(*late, "system_memory_usage_percent 42"));
    CHECK(shows(*late, "opsmon_collector_success{collector=\"memory\"} 0"));
    CHECK(late->silence.metrics.contains("system_memory_usage_percent"));
    CHECK_FALSE(late->silence.metrics.contains("system_cpu_usage_percent"));
    CHECK(late->complete);
}

TEST_CASE("a_failed_report_keeps_what_it_has_and_names_what_is_missing") {
    const auto snapshot = snapshot_at({entry("postgresql", false, SteadyTime(1s))}, SteadyTime(2s));
    CHECK(shows(*snapshot, "postgresql_up 0"));
    CHECK(shows(*snapshot, "opsmon_collector_success{collector=\"postgresql\"} 0"));
    CHECK_FALSE(snapshot->silence.metrics.contains("postgresql_up"));
    CHECK(snapshot->silence.metrics.contains("postgresql_max_connections"));
}

TEST_CASE("a_silent_target_is_named_with_what_is_missing_of_it") {
    CollectorReport report;
    report.collector = "stub_status";
    report.success = true;
    report.samples.add<"service_nginx_up">(0, "shop");
    report.samples.add<"service_nginx_up">(1, "blog");
    report.samples.add<"service_nginx_requests_total">(7, "blog");
    report.silent.push_back({"service", "shop"});
    BoardEntry board_entry = entry("stub_status", true, SteadyTime(1s));
    board_entry.rendering = metrics::render(report.samples.samples());
    board_entry.report = std::make_shared<const CollectorReport>(std::move(report));
    const auto snapshot = snapshot_at({board_entry}, SteadyTime(2s));
    CHECK(snapshot->silence.metrics.empty());
    REQUIRE(snapshot->silence.targets.size() == 1);
    const metrics::SilentTarget& target = snapshot->silence.targets[0];
    CHECK(target.label == "service");
    CHECK(target.value == "shop");
    CHECK(target.metrics.contains("service_nginx_requests_total"));
    CHECK_FALSE(target.metrics.contains("service_nginx_up"));
    CHECK_FALSE(target.metrics.contains("service_requests_total")); // another collector's
}

TEST_CASE("a_silent_targets_histograms_are_missing_by_all_their_names") {
    BoardEntry board_entry = entry("access_log", true, SteadyTime(1s));
    CollectorReport report = *board_entry.report;
    report.silent.push_back({"service", "shop"});
    board_entry.report = std::make_shared<const CollectorReport>(std::move(report));
    const auto snapshot = snapshot_at({board_entry}, SteadyTime(2s));
    REQUIRE(snapshot->silence.targets.size() == 1);
    CHECK(snapshot->silence.targets[0].metrics.contains("service_request_duration_seconds_bucket"));
}

TEST_CASE("a_collector_that_has_not_reported_yet_is_unknown_and_then_failed") {
    const auto early = snapshot_at({silent_entry("service")}, SteadyTime(1s));
    CHECK_FALSE(early->complete);
    CHECK(early->text->find("opsmon_collector_success") == std::string::npos);
    CHECK(early->silence.metrics.contains("service_health_status"));
    CHECK(early->silence.metrics.contains("service_response_time_seconds_bucket"));
    const auto late = snapshot_at({silent_entry("service")}, SteadyTime(20s));
    CHECK(late->complete);
    CHECK(shows(*late, "opsmon_collector_success{collector=\"service\"} 0"));
}
