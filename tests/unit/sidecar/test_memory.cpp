#include <catch2/catch.hpp>

#include "collect/host/memory.hpp"

using namespace opsmon;
using namespace opsmon::collect;

TEST_CASE("memory_usage_is_what_is_not_available") {
    MemorySource source(OPSMON_FIXTURES "/proc");
    const auto reports = source.collect({}, StopSignal());
    REQUIRE(reports[0].success);
    REQUIRE_FALSE(reports[0].samples.samples().empty());
    CHECK(reports[0].samples.samples()[0].value == 75);
}

TEST_CASE("reads_swap_and_huge_pages_and_leaves_out_what_the_kernel_does_not_have", "[memory]") {
    const std::string text = "MemTotal: 100 kB\nMemAvailable: 25 kB\n";
    const auto plain = parse_memory(text);
    REQUIRE(plain);
    CHECK(plain->total == 102400);
    CHECK(plain->available == 25600);
    CHECK_FALSE(plain->swap_total);
    CHECK_FALSE(plain->huge_pages);
    const auto full = parse_memory(text + "SwapTotal: 8 kB\nSwapFree: 0 kB\nHugePages_Total: 512\n"
                                          "HugePages_Free: 12\nHugepagesize: 2048 kB\n");
    REQUIRE(full);
    CHECK(full->swap_total == 8192.0);
    CHECK(full->swap_free == 0.0);
    CHECK(full->huge_pages == 512.0);
    CHECK(full->huge_pages_free == 12.0);
    CHECK(full->huge_page_size == 2097152.0);
    CHECK_FALSE(parse_memory(text + "SwapTotal: 8\nHugePages_Total: 1 kB\n")->swap_total);
}

TEST_CASE("memory_text_that_is_broken_is_an_error") {
    for (const char* text :
         {"", "MemTotal: 100 kB\n", "MemTotal: 100 kB\nMemAvailable: x kB\n",
          "MemTotal: 100 kB\nMemAvailable: -5 kB\n", "MemTotal: 100 kB\nMemAvailable: 200 kB\n",
          "MemTotal: 0 kB\nMemAvailable: 0 kB\n", "MemTotal: 100\nMemAvailable: 50 kB\n",
          "MemTotal: 100 kB\nMemAvail"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_memory(text));
    }
}
