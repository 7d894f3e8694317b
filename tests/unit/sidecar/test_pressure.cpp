#include <catch2/catch.hpp>

#include <filesystem>

#include "collect/host/pressure.hpp"
#include "support/report_series.hpp"
#include "support/scratch_file.hpp"

using namespace opsmon;
using namespace opsmon::collect;

TEST_CASE("reads_the_seconds_that_the_kernel_counts_in_microseconds", "[pressure]") {
    const auto pressure = parse_pressure("some avg10=0.29 avg60=0.43 avg300=0.32 total=14456416\n"
                                         "full avg10=0.00 avg60=0.00 avg300=0.00 total=500000\n");
    REQUIRE(pressure);
    CHECK(pressure->waiting == 14.456416);
    CHECK(pressure->stalled == 0.5);
    CHECK_FALSE(parse_pressure("some avg10=0 avg60=0 avg300=0 total=1\n")->stalled);
}

TEST_CASE("a_pressure_file_that_is_broken_is_an_error", "[pressure]") {
    for (const char* text :
         {"", "some", "some avg10=0 avg60=0 avg300=0", "some avg10=0 avg60=0 avg300=0 total=",
          "some avg10=0 avg60=0 avg300=0 total=-1", "full avg10=0 avg60=0 avg300=0 total=1",
          "some avg10=0 avg60=0 avg300=0 total=99999999999999999999999"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_pressure(text));
    }
}

TEST_CASE("shows_who_waits_for_what", "[pressure]") {
    PressureSource source(OPSMON_FIXTURES "/proc");
    const auto reports = source.collect({}, StopSignal());
    REQUIRE(reports[0].success);
    const auto series = test::series_of(reports[0]);
    CHECK(series.size() == 5);
    CHECK(series.contains("system_pressure_waiting_seconds_total cpu"));
    CHECK_FALSE(series.contains("system_pressure_stalled_seconds_total cpu"));
    CHECK(series.contains("system_pressure_stalled_seconds_total io"));
}

TEST_CASE("a_kernel_without_pressure_is_no_failure_and_a_broken_file_is", "[pressure]") {
    PressureSource without("/does/not/exist");
    const auto nothing = without.collect({}, StopSignal());
    CHECK(nothing[0].success);
    CHECK(nothing[0].samples.samples().empty());

    const test::ScratchFile file("nonsense", "io");
    const auto folder = std::filesystem::path(file.path()).parent_path();
    std::filesystem::create_directory(folder / "pressure");
    std::filesystem::rename(file.path(), folder / "pressure" / "io");
    PressureSource broken(folder.string());
    const auto reports = broken.collect({}, StopSignal());
    CHECK_FALSE(reports[0].success);
    CHECK(reports[0].error.find("/pressure/io: has no line 'some'") != std::string::npos);
}
