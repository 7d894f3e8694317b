#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "collect/host/cpu.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

CpuTimes reading(double busy, double total) {
    CpuTimes times;
    times.busy = busy;
    times.total = total;
    return times;
}

CpuTimes modes(double user, double idle, double iowait) {
    CpuTimes times;
    times.modes = {user, 0, 0, idle, iowait, 0, 0, 0};
    return times;
}

} // namespace

TEST_CASE("adds_up_the_first_line_of_proc_stat_without_counting_guests_twice") {
    const auto times = parse_cpu(*read_file(OPSMON_FIXTURES "/proc/stat", 65536));
    REQUIRE(times);
    CHECK(times->busy == 301854 + 612 + 111922 + 2 + 3944 + 44);
    CHECK(times->total == times->busy + 8979004 + 3552);
    CHECK(times->modes[0] == 301854.0);
    CHECK(times->modes[7] == 44.0);
    CHECK(times->cores == 2);
}

TEST_CASE("cpu_text_that_is_broken_is_an_error") {
    for (const char* text : {"", "\n", "cpu", "cpu 1 2 3", "cpu0 1 2 3 4", "cpu a b c d",
                             "cpu -1 2 3 4", "cpu 1 2 3 99999999999999999999999"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_cpu(text));
    }
}

TEST_CASE("cpu_usage_is_the_busy_share_between_two_readings") {
    CHECK(cpu_usage_percent(reading(100, 1000), reading(150, 1200)) == 25.0);
    CHECK(cpu_usage_percent(reading(100, 1000), reading(100, 1200)) == 0.0);
    CHECK(cpu_usage_percent(reading(100, 1000), reading(310, 1200)) == 100.0);
}

TEST_CASE("cpu_usage_is_unknown_when_counters_do_not_advance") {
    CHECK_FALSE(cpu_usage_percent(reading(100, 1000), reading(100, 1000)));
    CHECK_FALSE(cpu_usage_percent(reading(100, 1000), reading(50, 900)));
    CHECK_FALSE(cpu_usage_percent(reading(100, 1000), reading(50, 1100)));
}

TEST_CASE("cpu_seconds_that_go_back_by_little_keep_their_last_value", "[cpu]") {
    CpuCounters counters;
    CHECK(counters.take(modes(1000, 50000, 700), 100)[4] == 7.0);
    const auto stepped_back = counters.take(modes(1100, 49990, 650), 100);
    CHECK(stepped_back[0] == 11.0);
    CHECK(stepped_back[3] == 500.0);
    CHECK(stepped_back[4] == 7.0);
    CHECK(counters.take(modes(1100, 50100, 690), 100)[4] == 7.0); // not yet passed again
    CHECK(counters.take(modes(1100, 50100, 710), 100)[4] == 7.1);
}

TEST_CASE("cpu_seconds_that_begin_anew_do_so_together", "[cpu]") {
    CpuCounters counters;
    counters.take(modes(1000, 50000, 700), 100);
    const auto anew = counters.take(modes(900, 100, 600), 100);
    CHECK(anew[0] == 9.0);
    CHECK(anew[3] == 1.0);
    CHECK(anew[4] == 6.0);
}

TEST_CASE("a_kernel_without_some_modes_shows_the_others", "[cpu]") {
    CpuCounters counters;
    const auto times = parse_cpu("cpu  100 200 300 400\ncpu0 100 200 300 400\nintr 1\n");
    REQUIRE(times);
    CHECK(times->cores == 1);
    const auto seconds = counters.take(*times, 100);
    CHECK(seconds[3] == 4.0);
    CHECK_FALSE(seconds[4]);
}

TEST_CASE("the_first_cpu_cycle_has_seconds_and_no_share") {
    CpuSource source(OPSMON_FIXTURES "/proc");
    const auto reports = source.collect({}, StopSignal());
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].success);
    CHECK(reports[0].samples.samples().size() == kCpuModes.size() + 1); // and the cores
    CHECK(source.collect({}, StopSignal())[0].success);
}

TEST_CASE("a_cpu_source_without_its_file_fails_and_says_so") {
    CpuSource source("/does/not/exist");
    const auto reports = source.collect({}, StopSignal());
    CHECK_FALSE(reports[0].success);
    CHECK(reports[0].error.find("/does/not/exist/stat") != std::string::npos);
}
