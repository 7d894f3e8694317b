#include <catch2/catch.hpp>

#include "history/openmetrics_file.hpp"

#include <cmath>
#include <limits>

using namespace opsmon;
using history::parse_openmetrics;

namespace {

const auto kAll = [](const metrics::Labels&) { return true; };

// Series and samples as text, so that a test can be read: `m{a="1"} 1000=2 3000=4`.
std::vector<std::string> shown(const std::string& text) {
    const auto file = parse_openmetrics(text);
    if (!file) {
        return {file.error().message};
    }
    std::vector<std::string> out;
    for (const auto& series : file->series()) {
        std::string line = series.labels.to_string();
        for (const auto& point : series.points) {
            char value[64];
            std::snprintf(value, sizeof value, " %lld=%.17g", static_cast<long long>(point.at),
                          point.value);
            line += value;
        }
        out.push_back(line);
    }
    return out;
}

std::string fault(const std::string& text) {
    const auto file = parse_openmetrics(text);
    return file ? "" : file.error().message;
}

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("a_file_of_samples_becomes_series_in_the_order_of_labels", "[history][openmetrics]") {
    CHECK(shown("# TYPE m gauge\n"
                "# HELP m What it \"is\".\n"
                "m{b=\"2\",a=\"1\"} 5 1\n"
                "m 1 1\n"
                "m{a=\"1\",b=\"2\"} 6.5 2\n"
                "a:b_total -1e3 1.5\n"
                "# EOF\n") ==
          Lines{"a:b_total 1500=-1000", "m 1000=1", "m{a=\"1\", b=\"2\"} 1000=5 2000=6.5"});
    CHECK(shown("# EOF") == Lines{});
    CHECK(shown("# EOF\n") == Lines{});
}

TEST_CASE("label_values_are_unescaped_and_empty_ones_are_no_label", "[history][openmetrics]") {
    const auto file = parse_openmetrics("m{a=\"q\\\"b\\\\n\\n\\t\",e=\"\",e=\"\"} 1 1\n# EOF\n");
    REQUIRE(file.ok());
    REQUIRE(file->series().size() == 1);
    CHECK(file->series()[0].labels.get("a") == "q\"b\\n\n\\t");
    CHECK(file->series()[0].labels.pairs().size() == 2);
    CHECK(shown("m{} 1 1\nm{a=\"}{, \"} 2 1\n# EOF\n") ==
          Lines{"m 1000=1", "m{a=\"}{, \"} 1000=2"});
}

TEST_CASE("timestamps_are_cut_to_milliseconds_as_prometheus_does", "[history][openmetrics]") {
    // 1.001 * 1000 is a little less than 1001.
    CHECK(shown("m 1 -2\nm 2 1.001\nm 3 1.5e3\nm 4 1609459200.123\n# EOF\n") ==
          Lines{"m -2000=1 1000=2 1500000=3 1609459200123=4"});
}

TEST_CASE("values_may_be_what_go_reads_as_a_float", "[history][openmetrics]") {
    CHECK(shown("m +Inf 1\nm -inf 2\nm .5 3\nm 1. 4\nm +7 5\nm 1e-400 6\nm infinity 7\n# EOF\n") ==
          Lines{"m 1000=inf 2000=-inf 3000=0.5 4000=1 5000=7 6000=0 7000=inf"});
    const auto file = parse_openmetrics("m NaN 1\n# EOF\n");
    REQUIRE(file.ok());
    CHECK(std::isnan(file->series()[0].points[0].value));
    for (const char* value : {"1e999", "0x1p3", "0x10", "1_0", "-NaN", "++1", "1e", "", ".", "abc",
                              "nan(1)", "infinit"}) {
        CAPTURE(value);
        CHECK(fault("m " + std::string(value) + " 1\n# EOF\n").rfind("line 1: ", 0) == 0);
    }
}

TEST_CASE("exemplars_are_left_out", "[history][openmetrics]") {
    CHECK(shown("m_bucket{le=\"1\"} 4 1 # {trace=\"x y\",b=\"2\"} 0.5\n"
                "m_bucket{le=\"2\"} 5 1 # {} 0.5 0.9\n# EOF\n") ==
          Lines{"m_bucket{le=\"1\"} 1000=4", "m_bucket{le=\"2\"} 1000=5"});
    CHECK(fault("m 4 1 # {} 1\n# EOF\n") ==
          "line 1: only the metrics _total and _bucket may have an exemplar, not \"m\"");
    CHECK(fault("m_total 4 1 # {a=\"1\"}\n# EOF\n") ==
          "line 1: exemplar: expected one space and a value, got \"\"");
    CHECK(fault("m_total 4 1 # {a=1} 1\n# EOF\n") ==
          "line 1: exemplar: the label \"a\" needs a value in double quotes");
}

TEST_CASE("a_fault_of_a_file_names_the_line_and_what_was_expected", "[history][openmetrics]") {
    CHECK(fault("m 1 1\n") ==
          "the file does not end with a line # EOF; without it, it may have been cut off");
    CHECK(fault("") == fault("m 1 1\n"));
    CHECK(fault("m 1 1") == "line 1: the file ends within a line; its last line must be # EOF");
    CHECK(fault("m 1 1\n# EOF\nm 1 2\n") == "line 2: nothing may follow # EOF");
    CHECK(fault("m 1 1\nm{a=\"1\"} 1\n# EOF\n") ==
          "line 2: m{a=\"1\"} has no timestamp; write it behind the value, in seconds");
    CHECK(fault("m 1  1\n# EOF\n") ==
          "line 1: expected one space and a timestamp in seconds, got \"  1\"");
    CHECK(fault("m 1 1 \n# EOF\n") == "line 1: nothing may follow here, got \" \"");
    CHECK(fault("m 1 1 2\n# EOF\n") == "line 1: nothing may follow here, got \" 2\"");
    CHECK(fault("m 1 NaN\n# EOF\n").rfind("line 1: no moment", 0) == 0);
    CHECK(fault("m 1 1\n\n# EOF\n") ==
          "line 2: expected the name of a metric or a comment, got \"\"");
    CHECK(fault("m{a=\"1\"b=\"2\"} 1 1\n# EOF\n") ==
          "line 1: expected , or } after a label, got \"b=\"2\"} 1 1\"");
    CHECK(fault("m{,} 1 1\n# EOF\n") == "line 1: expected the name of a label, got \",} 1 1\"");
    CHECK(fault("m{a=\"\xff\"} 1 1\n# EOF\n") ==
          "line 1: the value of the label \"a\" is not valid UTF-8");
    CHECK(fault("m{a=\"1\",a=\"2\"} 1 1\n# EOF\n") ==
          "line 1: the label \"a\" stands twice in \"m{a=\"1\",a=\"2\"}\"");
    CHECK(fault("m{a=\"1\n# EOF\n") == "line 1: the label \"a\" needs a value in double quotes");
}

TEST_CASE("a_comment_must_be_one_that_openmetrics_knows", "[history][openmetrics]") {
    CHECK(fault("# UNIT m_bytes bytes\n# UNIT m \n# HELP m \n# TYPE m unknown\n# EOF\n").empty());
    CHECK(fault("# a remark\n# EOF\n").rfind("line 1: OpenMetrics knows the comments", 0) == 0);
    CHECK(fault("# TYPE m untyped\n# EOF\n") == "line 1: no type of a metric: \"untyped\"");
    CHECK(fault("# UNIT m bytes\n# EOF\n") ==
          "line 1: the unit \"bytes\" is not the end of the name \"m\"");
    CHECK(fault("# HELP m\n# EOF\n").rfind("line 1: expected the name of a metric", 0) == 0);
}

TEST_CASE("samples_that_are_not_in_the_order_of_time_are_a_fault", "[history][openmetrics]") {
    CHECK(fault("m 1 2\nn 1 1\nm 1 1\n# EOF\n") ==
          "line 3: m goes back in time; sort the samples of a series by timestamp");
    CHECK(fault("m 1 2\nm 2 2\n# EOF\n") ==
          "line 2: m has two different values at the same moment; leave one out");
    CHECK(shown("m 1 2\nm 1 2\n# EOF\n") == Lines{"m 2000=1"});
}

TEST_CASE("a_file_of_samples_has_limits", "[history][openmetrics]") {
    CHECK(parse_openmetrics("m 1 1\nn 1 1\n# EOF\n", {1, 10}).error().message ==
          "line 2: more than 1 series; split the file");
    CHECK(parse_openmetrics("m 1 1\nm 1 2\n# EOF\n", {10, 1}).error().message ==
          "line 2: more than 1 samples; split the file");
}

TEST_CASE("a_file_gives_newest_samples_and_ranges_open_to_the_left", "[history][openmetrics]") {
    const auto file = parse_openmetrics("m{a=\"2\"} 1 1\nm{a=\"2\"} 2 2\nm{a=\"2\"} 3 3\n"
                                        "m{a=\"1\"} 9 1\nn 7 2\n# EOF\n");
    REQUIRE(file.ok());
    auto newest = file->newest("m", kAll, 1000, 2999);
    REQUIRE(newest.size() == 1);
    CHECK(newest[0].point.at == 2000);
    CHECK(newest[0].point.value == 2);
    newest = file->newest("", kAll, 0, 2000);
    REQUIRE(newest.size() == 3);
    CHECK(newest[0].labels->to_string() == "m{a=\"1\"}");
    CHECK(newest[2].labels->to_string() == "n");
    CHECK(file->newest("m", kAll, 3000, 9000).empty());
    CHECK(file->newest("m", kAll, -9000, 999).empty());
    CHECK(file->newest("absent", kAll, 0, 2000).empty());
    const auto only = [](const metrics::Labels& labels) { return labels.get("a") == "2"; };
    const auto range = file->range("m", only, 1000, 3000);
    REQUIRE(range.size() == 1);
    REQUIRE(range[0].points.size() == 2);
    CHECK(range[0].points[0].at == 2000);
    CHECK(range[0].points[1].at == 3000);
    CHECK(file->range("m", kAll, 3000, 2000).empty());
}
