#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "collect/network/net_dev.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

const std::string kHeader = "Inter-|   Receive  |  Transmit\n face |bytes packets|bytes packets\n";

} // namespace

TEST_CASE("reads_the_counters_of_every_interface", "[network]") {
    const auto all = parse_net_dev(*read_file(OPSMON_FIXTURES "/proc/net/dev", 65536));
    REQUIRE(all);
    REQUIRE(all->size() == 4);
    CHECK((*all)[1].interface == "eth0");
    CHECK((*all)[1][Counter::BytesReceived] == 68210035552);
    CHECK((*all)[1][Counter::PacketsReceived] == 520993275);
    CHECK((*all)[1][Counter::BytesSent] == 9315587528);
    CHECK((*all)[1][Counter::PacketsSent] == 43451486);
    CHECK((*all)[2][Counter::BytesReceived] == 18446744073709551615ULL);
    CHECK((*all)[3].interface == "eth0:1");
}

TEST_CASE("errors_and_drops_are_told_apart_in_both_directions", "[network]") {
    const auto all = parse_net_dev(kHeader + "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
    REQUIRE(all);
    CHECK((*all)[0].counters == std::array<std::uint64_t, 8>{1, 2, 3, 4, 9, 10, 11, 12});
}

TEST_CASE("network_text_that_is_broken_is_an_error", "[network]") {
    CHECK_FALSE(parse_net_dev(""));
    CHECK_FALSE(parse_net_dev("no\nheader\n"));
    CHECK_FALSE(parse_net_dev(kHeader + "eth0: 1 2 3 4 5 6 7 8 9 10 11\n"));
    CHECK_FALSE(parse_net_dev(kHeader + "eth0 1 2 3 4 5 6 7 8 9 10 11 12\n"));
    CHECK_FALSE(parse_net_dev(kHeader + ": 1 2 3 4 5 6 7 8 9 10 11 12\n"));
    CHECK_FALSE(parse_net_dev(kHeader + "eth0: -1 2 3 4 5 6 7 8 9 10 11 12\n"));
    CHECK_FALSE(parse_net_dev(kHeader + "e: 1 2 3 4 5 6 7 8 99999999999999999999 10 11 12\n"));
    CHECK_FALSE(parse_net_dev(kHeader + std::string("e\0: \xff 2 3\n", 11)));
    CHECK(parse_net_dev(kHeader));
}

TEST_CASE("more_interfaces_than_a_machine_can_have_are_an_error", "[network]") {
    std::string text = kHeader;
    for (std::size_t i = 0; i <= kMaxInterfaces; ++i) {
        text += "veth" + std::to_string(i) + ": 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n";
    }
    CHECK_FALSE(parse_net_dev(text));
}
