#include "remedy/cluster_report.hpp"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

using namespace opsmon;
using namespace opsmon::remedy;

namespace {

ClusterReport report_of_dead_node() {
    ClusterReport report;
    report.database = "app";
    report.cluster = "production";
    report.installed = true;
    report.nodes[2].decision = {Verdict::Would, {}, "node 2 is silent for 2 h"};
    report.nodes[3].decision = {Verdict::Refuse, {{"connected", "its slon is"}}, "its slon is"};
    report.events = {{"drop", "would", 3, 1000.0}};
    return report;
}

double value_of(const metrics::SampleList& samples, const std::string& name,
                const std::string& label) {
    for (const metrics::Sample& sample : samples.samples()) {
        if (metrics::kCatalog[sample.metric].name == name && sample.label_values.back() == label) {
            return sample.value;
        }
    }
    return -1;
}

} // namespace

TEST_CASE("the_metrics_say_who_would_be_dropped", "[slony_remedy]") {
    metrics::SampleList samples;
    add_metrics(samples, report_of_dead_node(), config::RemedyMode::Observe);
    CHECK(value_of(samples, "slony_remedy_enforcing", "production") == 0);
    CHECK(value_of(samples, "slony_remedy_candidate", "2") == 1);
    CHECK(value_of(samples, "slony_remedy_candidate", "3") == 0);
    CHECK(value_of(samples, "slony_remedy_refusals", "2") == 0);
    CHECK(value_of(samples, "slony_remedy_refusals", "3") == 1);
    CHECK(value_of(samples, "slony_remedy_events_total", "would") == 3);
    CHECK(value_of(samples, "slony_remedy_last_drop_timestamp_seconds", "production") == -1);
}

TEST_CASE("where_the_script_was_not_run_there_is_no_metric", "[slony_remedy]") {
    auto report = report_of_dead_node();
    report.installed = false;
    metrics::SampleList samples;
    add_metrics(samples, report, config::RemedyMode::Enforce);
    CHECK(samples.samples().empty());
}

TEST_CASE("the_document_has_every_reason", "[slony_remedy]") {
    auto report = report_of_dead_node();
    report.problem = "broken \xff text";
    report.last_drop = postgres::LastDropRow{7, 2, 1000, 5e6, "done", 1e3, 60};
    const auto document =
        nlohmann::json::parse(write_document({report}, config::RemedyMode::Enforce, 2'000));
    CHECK(document["mode"] == "enforce");
    CHECK(document["time"] == 2.0);
    const auto& cluster = document["clusters"][0];
    CHECK(cluster["nodes"][0]["decision"] == "would");
    CHECK(cluster["nodes"][1]["reasons"][0]["code"] == "connected");
    CHECK(cluster["last_drop"]["clean_up"] == "done");
    CHECK(cluster["ledger"][0]["count"] == 3.0);
}
