#include <catch2/catch.hpp>

#include "collect/network/link.hpp"

using namespace opsmon;
using namespace opsmon::collect;

TEST_CASE("the_speed_of_a_link_is_in_bytes_per_second", "[network]") {
    CHECK(parse_link({"1000\n", "up\n", "1\n", "4\n"}).bytes_per_second == 125e6);
    CHECK(parse_link({"400000\n", "", "", ""}).bytes_per_second == 50e9);
}

TEST_CASE("a_speed_the_driver_does_not_know_is_absent", "[network]") {
    for (const char* text : {"", "-1\n", "0\n", "4294967295\n", "65535000000\n", "fast\n", "1e3"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_link({text, "up", "1", "4"}).bytes_per_second);
    }
}

TEST_CASE("up_is_what_can_carry_traffic", "[network]") {
    const auto up = [](const char* operstate, const char* carrier) {
        return parse_link({"", operstate, carrier, ""}).up;
    };
    CHECK(up("up\n", "1\n") == true);
    CHECK(up("unknown\n", "1\n") == true);
    CHECK(up("unknown\n", "0\n") == false);
    CHECK(up("down\n", "") == false);
    CHECK(up("lowerlayerdown\n", "0\n") == false);
    CHECK(up("dormant\n", "1\n") == false);
    CHECK_FALSE(up("unknown\n", "").has_value());
    CHECK_FALSE(up("", "").has_value());
}

TEST_CASE("a_speed_in_the_settings_comes_before_the_drivers", "[network]") {
    config::Network settings;
    settings.link_speeds = {{"eth*", 125e6}, {"*", 1}};
    const Link link = parse_link({"10000", "up", "1", "2"});
    CHECK(link_speed("eth0", settings, link) == 125e6);
    CHECK(link_speed("wan", settings, link) == 1.0);
    CHECK(link_speed("eth0", {}, link) == 1250e6);
    CHECK_FALSE(link_speed("eth0", {}, Link()));
}

TEST_CASE("an_interface_that_is_not_there_is_no_failure", "[network]") {
    const Link link = parse_link(read_link("/nonexistent", "eth0"));
    CHECK_FALSE(link.up);
    CHECK_FALSE(link.index);
    CHECK(read_link_speed("/nonexistent", "eth0").empty());
}
