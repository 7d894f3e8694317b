#include <catch2/catch.hpp>

#include "base/address_range.hpp"
#include "collect/network/addresses.hpp"
#include "collect/network/prefix.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

Address address(const char* text) {
    return parse_address_range(text)->base;
}

std::string prefix(const char* text, unsigned ipv4, unsigned ipv6) {
    return prefix_of(address(text), {ipv4, ipv6}).to_string();
}

} // namespace

TEST_CASE("an_address_belongs_to_its_prefix_whatever_its_length", "[prefix]") {
    CHECK(prefix("203.0.113.77", 24, 48) == "203.0.113.0/24");
    CHECK(prefix("203.0.113.77", 32, 48) == "203.0.113.77/32");
    CHECK(prefix("203.0.113.77", 26, 48) == "203.0.113.64/26");
    CHECK(prefix("203.0.113.77", 8, 48) == "203.0.0.0/8");
    CHECK(prefix("203.0.113.77", 99, 48) == "203.0.113.77/32");
    CHECK(prefix("2001:db8:1:2::3", 24, 48) == "2001:db8:1::/48");
    CHECK(prefix("2001:db8:1:2::3", 24, 128) == "2001:db8:1:2::3/128");
    CHECK(prefix("2001:db8:1:ffff::3", 24, 52) == "2001:db8:1:f000::/52");
    CHECK(prefix("::ffff:203.0.113.77", 24, 48) == "203.0.113.0/24");
}

TEST_CASE("addresses_that_are_nobodys_and_this_machines_own_are_known", "[prefix]") {
    CHECK(is_loopback(address("127.0.1.2")));
    CHECK(is_loopback(address("::1")));
    CHECK_FALSE(is_loopback(address("128.0.0.1")));
    CHECK_FALSE(is_loopback(address("::2")));
    CHECK(is_unspecified(address("0.0.0.0")));
    CHECK(is_unspecified(address("::")));
    CHECK_FALSE(is_unspecified(address("0.0.0.1")));
    CHECK_FALSE(is_unspecified(address("::1")));
    CHECK(is_globally_routable(address("8.8.8.8")));
    CHECK(is_globally_routable(address("2a00:1450::1")));
    CHECK_FALSE(is_globally_routable(address("10.1.2.3")));
    CHECK_FALSE(is_globally_routable(address("fd00::1")));
}
