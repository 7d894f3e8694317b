#include <catch2/catch.hpp>

#include <set>
#include <string>

#include "base/text.hpp"
#include "metrics/catalog.hpp"
#include "metrics/catalog_doc.hpp"

using namespace opsmon::metrics;

TEST_CASE("every_metric_stands_in_the_catalog_once") {
    std::set<std::string_view> names;
    for (const MetricSpec& spec : kCatalog) {
        CAPTURE(spec.name);
        CHECK(names.insert(spec.name).second);
    }
}

TEST_CASE("counters_and_only_counters_end_in_total") {
    for (const MetricSpec& spec : kCatalog) {
        CAPTURE(spec.name);
        CHECK(spec.name.ends_with("_total") == (spec.kind == Kind::Counter));
    }
}

TEST_CASE("help_is_one_line_that_cannot_break_the_page") {
    for (const MetricSpec& spec : kCatalog) {
        CAPTURE(spec.name);
        CHECK_FALSE(spec.help.empty());
        CHECK(spec.help.find_first_of("\n\\|") == std::string_view::npos);
    }
}

TEST_CASE("the_names_that_users_have_deployed_are_there_with_their_labels") {
    const auto labels_of = [](std::string_view name) {
        const std::size_t metric = find_metric(name);
        REQUIRE(metric != kNotInCatalog);
        std::string out;
        for (std::size_t i = 0; i < count_labels(metric); ++i) {
            out += std::string(kCatalog[metric].labels[i]) + ' ';
        }
        return out;
    };
    CHECK(labels_of("system_cpu_usage_percent").empty());
    CHECK(labels_of("system_memory_usage_percent").empty());
    CHECK(labels_of("system_disk_usage_percent") == "mount_point ");
    CHECK(labels_of("network_bytes_received_total") == "interface type ");
    CHECK(labels_of("network_bytes_sent_total") == "interface type ");
    CHECK(labels_of("postgresql_replication_lag_bytes") == "slave ");
    CHECK(labels_of("postgresql_wal_size_bytes").empty());
    CHECK(labels_of("postgresql_connections") == "state ");
    CHECK(labels_of("service_health_status") == "service ");
    CHECK(labels_of("service_response_time_seconds") == "service endpoint ");
}

TEST_CASE("the_page_of_metrics_in_docs_is_the_catalog") {
    const auto page = opsmon::read_file(OPSMON_SOURCE_DIR "/docs/metrics.md", 1 << 20);
    REQUIRE(page);
    CHECK(*page == catalog_as_markdown()); // opsmon-sidecar metrics-doc > docs/metrics.md
}
