#include <catch2/catch.hpp>

#include <limits>

#include "metrics/samples.hpp"

using namespace opsmon::metrics;

TEST_CASE("what_is_not_known_is_no_sample") {
    SampleList list;
    list.add<"postgresql_replication_lag_bytes">(std::nullopt, "a");
    list.add<"postgresql_replication_lag_bytes">(std::numeric_limits<double>::quiet_NaN(), "a");
    list.add<"postgresql_replication_lag_bytes">(std::numeric_limits<double>::infinity(), "a");
    CHECK(list.samples().empty());
}

TEST_CASE("the_first_of_two_equal_series_stays") {
    SampleList list;
    list.add<"system_disk_usage_percent">(1, "/");
    list.add<"system_disk_usage_percent">(2, "/");
    list.add<"system_disk_usage_percent">(3, "/home");
    REQUIRE(list.samples().size() == 2);
    CHECK(list.samples()[0].value == 1);
    CHECK(list.dropped_duplicate() == 1);
}

TEST_CASE("names_that_become_equal_by_cleaning_are_duplicates") {
    SampleList list;
    list.add<"system_disk_usage_percent">(1, std::string(200, 'x'));
    list.add<"system_disk_usage_percent">(2, std::string(201, 'x'));
    CHECK(list.dropped_duplicate() == 1);
}

TEST_CASE("label_values_cannot_be_joined_into_another_series") {
    SampleList list;
    list.add<"network_bytes_sent_total">(1, "a", "bc");
    list.add<"network_bytes_sent_total">(1, "ab", "c");
    list.add<"network_bytes_sent_total">(1,
                                         "a\xff"
                                         "b",
                                         "c");
    list.add<"network_bytes_sent_total">(1, "a",
                                         "b\xff"
                                         "c");
    CHECK(list.samples().size() == 4);
}

TEST_CASE("what_a_collector_reports_has_a_limit") {
    SampleList list;
    for (std::size_t i = 0; i < kMaxSeriesPerCollector + 10; ++i) {
        list.add<"system_disk_usage_percent">(static_cast<double>(i), std::to_string(i));
    }
    CHECK(list.samples().size() == kMaxSeriesPerCollector);
    CHECK(list.dropped_limit() == 10);
}

TEST_CASE("a_histogram_counts_as_all_its_series") {
    SampleList list;
    const HistogramValue histogram({1, 2, 3});
    constexpr std::size_t kEach = 6;
    constexpr std::size_t kFit = kMaxSeriesPerCollector / kEach;
    for (std::size_t i = 0; i < kFit + 67; ++i) {
        list.add_histogram<"service_response_time_seconds">(histogram, std::to_string(i), "/");
    }
    CHECK(list.samples().size() == kFit);
    CHECK(list.dropped_limit() == 67 * kEach);
}

TEST_CASE("an_observation_on_a_bound_belongs_to_its_bucket") {
    HistogramValue histogram({1, 2});
    histogram.observe(1);
    histogram.observe(1.5);
    histogram.observe(99);
    CHECK(histogram.counts == std::vector<std::uint64_t>{1, 1, 1});
    CHECK(histogram.count() == 3);
    CHECK(histogram.sum == Approx(101.5));
}
