#include <catch2/catch.hpp>

#include "collect/network/interface_type.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

namespace {

const SteadyTime kStart{100h};

config::Network ranges(const std::vector<std::string>& of_public,
                       const std::vector<std::string>& of_private) {
    config::Network out;
    for (const auto& text : of_public) {
        out.public_ranges.push_back(*parse_address_range(text));
    }
    for (const auto& text : of_private) {
        out.private_ranges.push_back(*parse_address_range(text));
    }
    return out;
}

std::map<std::string, AddressView> views(const std::vector<std::string>& of_eth0,
                                         const config::Network& settings = {}) {
    InterfaceAddresses addresses;
    addresses["eth0"];
    for (const auto& text : of_eth0) {
        addresses["eth0"].push_back(parse_address_range(text)->base);
    }
    return view_addresses(addresses, settings);
}

std::string type(const std::vector<std::string>& addresses, const config::Network& settings = {}) {
    return std::string(
        InterfaceTypes().type_of("eth0", settings, views(addresses, settings), kStart));
}

} // namespace

TEST_CASE("settings_decide_the_type_before_addresses_do", "[network]") {
    config::Network settings;
    settings.public_interfaces = {"eth*"};
    CHECK(type({"10.0.0.1"}, settings) == "public");
    settings.private_interfaces = {"eth0"};
    CHECK(type({"8.8.8.8"}, settings) == "public"); // public first
    settings.public_interfaces = {"wan*"};
    CHECK(type({"8.8.8.8"}, settings) == "private");
}

TEST_CASE("without_settings_private_ranges_are_private", "[network]") {
    CHECK(type({"8.8.8.8"}) == "public");
    CHECK(type({"10.0.0.1", "2600::1"}) == "public");
    CHECK(type({"10.0.0.1", "fd00::1", "fe80::1"}) == "private");
    CHECK(type({}) == "private");
}

TEST_CASE("ranges_of_the_settings_come_before_what_is_usual", "[network]") {
    CHECK(type({"10.9.0.1"}, ranges({"10.9.0.0/16"}, {})) == "public");
    CHECK(type({"10.8.0.1"}, ranges({"10.9.0.0/16"}, {})) == "private");
    CHECK(type({"8.8.8.8"}, ranges({}, {"8.8.0.0/16"})) == "private");
    CHECK(type({"8.8.8.8"}, ranges({"8.0.0.0/8"}, {"8.8.0.0/16"})) == "public");
    CHECK(type({"2600::1"}, ranges({}, {"2600::/16"})) == "private");
}

TEST_CASE("the_type_does_not_flap_when_an_address_goes_for_a_moment", "[network]") {
    InterfaceTypes types;
    const auto type_at = [&](const std::vector<std::string>& addresses, SteadyTime now) {
        return types.type_of("eth0", {}, views(addresses), now);
    };
    CHECK(type_at({"8.8.8.8"}, kStart) == "public");
    CHECK(type_at({}, kStart + 5s) == "public");
    CHECK(type_at({"fe80::1"}, kStart + 24h) == "public"); // says nothing, however long
    CHECK(type_at({"10.0.0.1"}, kStart + 25h) == "public");
    CHECK(type_at({"10.0.0.1"}, kStart + 25h + 599s) == "public");
    CHECK(type_at({"8.8.8.8", "10.0.0.1"}, kStart + 25h + 600s) == "public");
    CHECK(type_at({"10.0.0.1"}, kStart + 25h + 601s) == "public");
    CHECK(type_at({"10.0.0.1"}, kStart + 25h + 1202s) == "private");
}

TEST_CASE("an_interface_is_public_as_soon_as_it_has_its_first_public_address", "[network]") {
    InterfaceTypes types;
    CHECK(types.type_of("eth0", {}, views({}), kStart) == "private");
    CHECK(types.type_of("eth0", {}, views({"8.8.8.8"}), kStart + 5s) == "public");
    CHECK(types.type_of("eth1", {}, views({"8.8.8.8"}), kStart + 5s) == "private");
}
