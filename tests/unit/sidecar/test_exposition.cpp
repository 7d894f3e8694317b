#include <catch2/catch.hpp>

#include "metrics/exposition.hpp"

using namespace opsmon::metrics;

namespace {

std::string to_text(const SampleList& list) {
    const std::vector<RenderingPtr> renderings = {render(list.samples())};
    return join_text(renderings);
}

std::vector<SeriesPoint> to_points(const SampleList& list) {
    return render(list.samples())->points;
}

} // namespace

TEST_CASE("writes_the_text_format_in_the_order_of_the_catalog") {
    SampleList list;
    list.add<"network_bytes_sent_total">(12345678901234567.0, "eth0", "public");
    list.add<"system_cpu_usage_percent">(12.5);
    CHECK(to_text(list) ==
          "# HELP system_cpu_usage_percent Share of CPU time that was not idle since the cycle "
          "before, all cores together, 0 to 100.\n"
          "# TYPE system_cpu_usage_percent gauge\n"
          "system_cpu_usage_percent 12.5\n"
          "# HELP network_bytes_sent_total Bytes sent by the interface; type is public or "
          "private.\n"
          "# TYPE network_bytes_sent_total counter\n"
          "network_bytes_sent_total{interface=\"eth0\",type=\"public\"} 12345678901234568\n");
}

TEST_CASE("a_number_reads_back_as_it_was_and_a_whole_one_has_no_exponent") {
    const auto shown = [](double value) {
        SampleList list;
        list.add<"system_cpu_usage_percent">(value);
        const std::string text = to_text(list);
        const auto begin = text.rfind(' ') + 1;
        return text.substr(begin, text.size() - begin - 1);
    };
    CHECK(shown(0) == "0");
    CHECK(shown(-3) == "-3");
    CHECK(shown(37e9) == "37000000000");
    CHECK(shown(0.1) == "0.1");
    CHECK(shown(1.0 / 3) == "0.3333333333333333");
    CHECK(shown(1e300) == "1e+300");
    CHECK(shown(1764021234.567) == "1764021234.567");
    CHECK(shown(2.5e-9) == "2.5e-09");
}

TEST_CASE("hostile_names_cannot_break_the_page") {
    SampleList list;
    list.add<"postgresql_replication_lag_bytes">(1, "a\"} 1\nevil{x=\"\\");
    const std::string text = to_text(list);
    CHECK(text.find("{slave=\"a\\\"} 1\\nevil{x=\\\"\\\\\"} 1\n") != std::string::npos);
}

TEST_CASE("an_empty_label_value_is_no_label") {
    SampleList list;
    list.add<"postgresql_info">(1, "15.1", "", "primary");
    CHECK(to_text(list).find("{server_version=\"15.1\",role=\"primary\"}") != std::string::npos);
    CHECK(to_points(list)[0].labels.to_string() ==
          "postgresql_info{role=\"primary\", server_version=\"15.1\"}");
}

TEST_CASE("a_histogram_has_cumulative_buckets_in_both_forms") {
    SampleList list;
    HistogramValue histogram({0.5, 1});
    histogram.observe(0.25);
    histogram.observe(5);
    list.add_histogram<"service_response_time_seconds">(histogram, "api", "/health");
    const std::string text = to_text(list);
    CHECK(text.find("_bucket{service=\"api\",endpoint=\"/health\",le=\"0.5\"} 1\n") !=
          std::string::npos);
    CHECK(text.find("le=\"+Inf\"} 2\n") != std::string::npos);
    CHECK(text.find("_sum{service=\"api\",endpoint=\"/health\"} 5.25\n") != std::string::npos);

    const auto points = to_points(list);
    REQUIRE(points.size() == 5);
    CHECK(points[0].labels.to_string() ==
          "service_response_time_seconds_bucket{endpoint=\"/health\", le=\"0.5\", "
          "service=\"api\"}");
    CHECK(points[0].value == 1);
    CHECK(points[1].value == 1);
    CHECK(points[2].labels.get("le") == "+Inf");
    CHECK(points[2].value == 2);
    CHECK(points[3].value == 5.25);
    CHECK(points[4].value == 2);
}

TEST_CASE("renderings_are_joined_in_the_order_of_the_catalog_with_one_header_a_family") {
    SampleList first;
    first.add<"network_bytes_sent_total">(1, "eth0", "public");
    first.add<"opsmon_collector_success">(1, "cpu");
    SampleList second;
    second.add<"system_cpu_usage_percent">(12.5);
    second.add<"opsmon_collector_success">(0, "disk");
    const std::vector<RenderingPtr> renderings = {render(first.samples()),
                                                  render(second.samples())};
    SampleList both;
    both.add<"network_bytes_sent_total">(1, "eth0", "public");
    both.add<"opsmon_collector_success">(1, "cpu");
    both.add<"system_cpu_usage_percent">(12.5);
    both.add<"opsmon_collector_success">(0, "disk");
    CHECK(join_text(renderings) == to_text(both));
    CHECK(join_text({}).empty());
}
