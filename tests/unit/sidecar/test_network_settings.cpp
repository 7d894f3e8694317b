#include <catch2/catch.hpp>

#include "config/load.hpp"
#include "config/numbers.hpp"

using namespace opsmon;
using namespace opsmon::config;

namespace {

std::string fault(const std::string& network) {
    const auto config = parse_config("network:\n" + network, "opsmon.yml");
    return config ? "" : config.error().message;
}

} // namespace

TEST_CASE("settings_of_the_network_have_defaults_that_fit", "[config]") {
    const auto config = parse_config("", "opsmon.yml");
    REQUIRE(config);
    CHECK(config->network == Network());
    CHECK(config->network.attack.hold == std::chrono::minutes(5));
    CHECK_FALSE(config->network.ignored_interfaces.empty());
}

TEST_CASE("settings_of_the_network_are_read", "[config]") {
    const auto config = parse_config("network:\n"
                                     "  ignored_interfaces: []\n"
                                     "  public_ranges: [100.64.0.0/10, '2001:db8::/32']\n"
                                     "  private_ranges: [8.8.8.8]\n"
                                     "  link_speeds:\n"
                                     "    - {interface: eth0, speed: 1Gbps}\n"
                                     "    - {interface: 'eth*', speed: 2.5Gbps}\n"
                                     "  attack: {link_percent: 70, connections_per_second: 1000,\n"
                                     "    half_open_connections: 500, prefix_connections: 300,\n"
                                     "    prefix_share_percent: 40, requests_per_second: 50.5,\n"
                                     "    hold: 10m}\n",
                                     "opsmon.yml");
    REQUIRE(config);
    const Network& network = config->network;
    CHECK(network.ignored_interfaces.empty());
    CHECK(network.public_ranges.size() == 2);
    CHECK(network.private_ranges == std::vector{*parse_address_range("8.8.8.8/32")});
    CHECK(network.link_speeds == std::vector<LinkSpeed>{{"eth0", 125e6}, {"eth*", 312.5e6}});
    CHECK(network.attack == Attack{70, 1000, 500, 300, 40, 50.5, std::chrono::minutes(10)});
}

TEST_CASE("settings_of_the_network_that_are_wrong_say_what_is_allowed", "[config]") {
    CHECK_THAT(fault("  public_ranges: [10.0.0.1/8]\n"),
               Catch::Contains("opsmon.yml:2: network.public_ranges") &&
                   Catch::Contains("beyond /8"));
    CHECK_THAT(fault("  link_speeds: [{interface: eth0, speed: fast}]\n"),
               Catch::Contains("link_speeds[0].speed") && Catch::Contains("write 1Gbps"));
    CHECK_THAT(fault("  link_speeds: [{interface: eth0}]\n"),
               Catch::Contains("needs an interface and a speed"));
    CHECK_THAT(fault("  attack: {link_percent: 101}\n"),
               Catch::Contains("attack.link_percent") && Catch::Contains("from 1 to 100"));
    CHECK_THAT(fault("  attack: {prefix_connections: many}\n"), Catch::Contains("not a number"));
    CHECK_THAT(fault("  attack: {hold: 1s}\n"), Catch::Contains("out of range"));
    CHECK_THAT(fault("  attack: {block: true}\n"), Catch::Contains("not a key here"));
}

TEST_CASE("a_link_speed_needs_a_unit", "[config]") {
    CHECK(parse_bit_rate("100Mbps") == 1e8);
    CHECK(parse_bit_rate("2.5 Gbps") == 2.5e9);
    CHECK(parse_bit_rate("1Tbps") == 1e12);
    for (const char* text : {"", "1000", "Gbps", "1gbps", "-1Gbps", "0Mbps", "1GBps", "1e9Tbps"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_bit_rate(text));
    }
}
