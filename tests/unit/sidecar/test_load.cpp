#include <catch2/catch.hpp>

#include "collect/host/load.hpp"
#include "support/report_series.hpp"

using namespace opsmon;
using namespace opsmon::collect;

TEST_CASE("reads_the_three_load_averages", "[load]") {
    const auto load = parse_load("0.24 1.66 20.50 1/123 4567\n");
    REQUIRE(load);
    CHECK((*load)[0] == 0.24);
    CHECK((*load)[2] == 20.5);
    LoadSource source(OPSMON_FIXTURES "/proc");
    const auto reports = source.collect({}, StopSignal());
    CHECK(reports[0].success);
    CHECK(test::series_of(reports[0]).size() == 3);
}

TEST_CASE("a_loadavg_that_is_broken_is_an_error", "[load]") {
    for (const char* text : {"", "\n", "0.1", "0.1 0.2", "0.1 x 0.3", "-1 0 0", "nan 0 0",
                             "inf 1 1", "1e999 0 0", "\xff\xfe 0 0"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_load(text));
    }
    LoadSource source("/does/not/exist");
    CHECK_FALSE(source.collect({}, StopSignal())[0].success);
}
