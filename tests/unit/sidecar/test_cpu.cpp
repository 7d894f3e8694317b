#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "collect/host/cpu.hpp"

using namespace opsmon;
using namespace opsmon::collect;

TEST_CASE("adds_up_the_first_line_of_proc_stat_without_counting_guests_twice") {
    const auto times = parse_cpu(*read_file(OPSMON_FIXTURES "/proc/stat", 65536));
    REQUIRE(times);
    CHECK(times->busy == 301854 + 612 + 111922 + 2 + 3944 + 44);
    CHECK(times->total == times->busy + 8979004 + 3552);
}

TEST_CASE("cpu_text_that_is_broken_is_an_error") {
    for (const char* text : {"", "\n", "cpu", "cpu 1 2 3", "cpu0 1 2 3 4", "cpu a b c d",
                             "cpu -1 2 3 4", "cpu 1 2 3 99999999999999999999999"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_cpu(text));
    }
}

TEST_CASE("cpu_usage_is_the_busy_share_between_two_readings") {
    CHECK(cpu_usage_percent({100, 1000}, {150, 1200}) == 25.0);
    CHECK(cpu_usage_percent({100, 1000}, {100, 1200}) == 0.0);
    CHECK(cpu_usage_percent({100, 1000}, {310, 1200}) == 100.0);
}

TEST_CASE("cpu_usage_is_unknown_when_counters_do_not_advance") {
    CHECK_FALSE(cpu_usage_percent({100, 1000}, {100, 1000}));
    CHECK_FALSE(cpu_usage_percent({100, 1000}, {50, 900}));
    CHECK_FALSE(cpu_usage_percent({100, 1000}, {50, 1100}));
}

TEST_CASE("the_first_cpu_cycle_succeeds_without_a_value") {
    CpuSource source(OPSMON_FIXTURES "/proc");
    const auto reports = source.collect({}, StopSignal());
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].success);
    CHECK(reports[0].samples.samples().empty());
}

TEST_CASE("a_cpu_source_without_its_file_fails_and_says_so") {
    CpuSource source("/does/not/exist");
    const auto reports = source.collect({}, StopSignal());
    CHECK_FALSE(reports[0].success);
    CHECK(reports[0].error.find("/does/not/exist/stat") != std::string::npos);
}
