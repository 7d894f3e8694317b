#include <catch2/catch.hpp>

#include "collect/host/memory.hpp"

using namespace opsmon;
using namespace opsmon::collect;

TEST_CASE("memory_usage_is_what_is_not_available") {
    MemorySource source(OPSMON_FIXTURES "/proc");
    const auto reports = source.collect({}, StopSignal());
    REQUIRE(reports[0].success);
    REQUIRE(reports[0].samples.samples().size() == 1);
    CHECK(reports[0].samples.samples()[0].value == 75);
}

TEST_CASE("memory_text_that_is_broken_is_an_error") {
    for (const char* text :
         {"", "MemTotal: 100 kB\n", "MemTotal: 100 kB\nMemAvailable: x kB\n",
          "MemTotal: 100 kB\nMemAvailable: -5 kB\n", "MemTotal: 100 kB\nMemAvailable: 200 kB\n",
          "MemTotal: 0 kB\nMemAvailable: 0 kB\n", "MemTotal: 100\nMemAvailable: 50 kB\n",
          "MemTotal: 100 kB\nMemAvail"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_memory_usage_percent(text));
    }
}
