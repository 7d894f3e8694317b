#include <catch2/catch.hpp>

#include <map>

#include "collect/postgresql/postgresql_report.hpp"
#include "support/report_series.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

std::map<std::string, double> series_of(const CollectorReport& report) {
    return test::series_of(report, '|'); // names of consumers have spaces
}

postgres::ConsumerRow consumer(const std::string& state) {
    postgres::ConsumerRow row;
    row.kind = "standby";
    row.name = "berlin replicator@10.0.0.5";
    row.state = state;
    row.application_name = "berlin";
    row.unowned = 1;
    row.first_seen = 500;
    row.state_since = 990;
    row.consumers = 1;
    return row;
}

postgres::ExtensionRows rows_with(std::vector<postgres::ConsumerRow> consumers) {
    postgres::ExtensionRows rows;
    rows.status.guard.interval = 1;
    rows.status.guard.age = 0.5;
    rows.status.sampler.interval = 10;
    rows.status.sampler.age = 3;
    rows.consumers.learner.push_back({2, 995});
    rows.consumers.consumers = std::move(consumers);
    return rows;
}

} // namespace

TEST_CASE("a_consumer_is_present_until_it_counts_as_gone") {
    for (const char* state : {"present", "idle", "missing"}) {
        CAPTURE(state);
        const auto series = series_of(report_consumers(rows_with({consumer(state)})));
        CHECK(series.at("postgresql_consumer_present|standby|berlin replicator@10.0.0.5") == 1);
        CHECK_FALSE(series.contains(
            "postgresql_consumer_gone_since_timestamp_seconds|standby|berlin replicator@10.0.0.5"));
    }
    for (const char* state : {"vanished", "dropped", "lost", "never seen"}) {
        CAPTURE(state);
        const auto series = series_of(report_consumers(rows_with({consumer(state)})));
        CHECK(series.at("postgresql_consumer_present|standby|berlin replicator@10.0.0.5") == 0);
    }
}

TEST_CASE("of_a_node_of_slony_that_nobody_tells_of_nothing_is_claimed") {
    const auto series = series_of(report_consumers(rows_with({consumer("not told")})));
    CHECK_FALSE(series.contains("postgresql_consumer_present|standby|berlin replicator@10.0.0.5"));
    CHECK(series.at("postgresql_consumer_state|standby|berlin replicator@10.0.0.5|not told") == 1);
}

TEST_CASE("a_consumer_that_vanished_says_since_when_and_holds_an_unknown_amount_as_absent") {
    const auto series = series_of(report_consumers(rows_with({consumer("vanished")})));
    CHECK(series.at("postgresql_consumer_gone_since_timestamp_seconds|standby|berlin "
                    "replicator@10.0.0.5") == 990);
    CHECK(series.at("postgresql_consumer_state|standby|berlin replicator@10.0.0.5|vanished") == 1);
    CHECK(series.at("postgresql_consumer_unowned|standby|berlin replicator@10.0.0.5") == 1);
    CHECK(series.at("postgresql_consumer_info|standby|berlin replicator@10.0.0.5|berlin|||") == 1);
    CHECK_FALSE(
        series.contains("postgresql_consumer_held_bytes|standby|berlin replicator@10.0.0.5"));
    CHECK_FALSE(series.contains("postgresql_consumer_expected|standby|berlin replicator@10.0.0.5"));
    CHECK(series.at("opsmon_learner_failures_total") == 2);
    CHECK(series.at("opsmon_learner_last_learned_timestamp_seconds") == 995);
    CHECK(series.at("postgresql_consumers_omitted") == 0);
}

TEST_CASE("those_beyond_the_shown_ones_are_counted") {
    postgres::ConsumerRow one = consumer("present");
    one.consumers = 102;
    CHECK(series_of(report_consumers(rows_with({one}))).at("postgresql_consumers_omitted") == 101);
    CHECK(series_of(report_consumers(rows_with({}))).at("postgresql_consumers_omitted") == 0);
}

TEST_CASE("an_inventory_of_workers_that_stand_still_is_not_shown") {
    postgres::ExtensionRows rows = rows_with({consumer("present")});
    rows.status.guard.age = 1000;
    CHECK_FALSE(report_consumers(rows).success);
    CHECK(report_consumers(rows).samples.samples().empty());
    rows.status.guard.age = 1;
    rows.status.sampler.age = 1000;
    CHECK_FALSE(report_consumers(rows).success);
    rows.status.sampler.age = 1;
    CHECK(report_consumers(rows).success);
    rows.consumers.error = "no answer for opsmon.consumer_status";
    CHECK(report_consumers(rows).error == "no answer for opsmon.consumer_status");
}
