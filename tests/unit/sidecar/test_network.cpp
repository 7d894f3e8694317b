#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "collect/network/network.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

const std::string kHeader = "Inter-|   Receive  |  Transmit\n face |bytes packets|bytes packets\n";

} // namespace

TEST_CASE("reads_the_bytes_of_every_interface") {
    const auto bytes = parse_net_dev(*read_file(OPSMON_FIXTURES "/proc/net/dev", 65536));
    REQUIRE(bytes);
    REQUIRE(bytes->size() == 4);
    CHECK((*bytes)[1].interface == "eth0");
    CHECK((*bytes)[1].received == 68210035552.0);
    CHECK((*bytes)[1].sent == 9315587528.0);
    CHECK((*bytes)[2].received == 18446744073709551615.0);
    CHECK((*bytes)[3].interface == "eth0:1");
}

TEST_CASE("network_text_that_is_broken_is_an_error") {
    CHECK_FALSE(parse_net_dev(""));
    CHECK_FALSE(parse_net_dev("no\nheader\n"));
    CHECK_FALSE(parse_net_dev(kHeader + "eth0: 1 2 3 4\n"));
    CHECK_FALSE(parse_net_dev(kHeader + "eth0 1 2 3 4 5 6 7 8 9 10\n"));
    CHECK_FALSE(parse_net_dev(kHeader + "eth0: -1 2 3 4 5 6 7 8 9 10\n"));
    CHECK_FALSE(parse_net_dev(kHeader + "eth0: 1 2 3 4 5 6 7 8 99999999999999999999 10\n"));
    CHECK(parse_net_dev(kHeader));
}

TEST_CASE("settings_decide_the_type_before_addresses_do") {
    config::Network settings;
    settings.public_interfaces = {"wan*"};
    settings.private_interfaces = {"eth1"};
    CHECK(interface_type("wan0", settings, {}) == "public");
    CHECK(interface_type("eth1", settings, {"eth1"}) == "private");
    CHECK(interface_type("eth0", settings, {"eth0"}) == "public");
    CHECK(interface_type("eth2", settings, {"eth0"}) == "private");
}

TEST_CASE("reports_counters_without_ignored_interfaces") {
    config::Network settings;
    settings.ignored_interfaces = {"lo", "eth0:*"};
    NetworkSource source(OPSMON_FIXTURES "/proc", settings,
                         [] { return std::set<std::string>{"eth0"}; });
    const auto reports = source.collect({}, StopSignal());
    REQUIRE(reports[0].success);
    REQUIRE(reports[0].samples.samples().size() == 4);
    CHECK(reports[0].samples.samples()[0].label_values ==
          std::vector<std::string>{"eth0", "public"});
    CHECK(reports[0].samples.samples()[2].label_values ==
          std::vector<std::string>{"eth1", "private"});
}

TEST_CASE("unknown_addresses_fail_the_collector_rather_than_guess_the_type") {
    NetworkSource source(OPSMON_FIXTURES "/proc", {},
                         []() -> Result<std::set<std::string>> { return Error{"no netlink"}; });
    const auto reports = source.collect({}, StopSignal());
    CHECK_FALSE(reports[0].success);
    CHECK(reports[0].error == "no netlink");
}
