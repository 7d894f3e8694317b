#include <catch2/catch.hpp>

#include "base/address_range.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

using namespace opsmon;

namespace {

Address address(const char* text) {
    return parse_address_range(text)->base;
}

bool holds(const char* range, const char* text) {
    return parse_address_range(range)->contains(address(text));
}

} // namespace

TEST_CASE("a_range_holds_what_shares_its_prefix", "[address_range]") {
    CHECK(holds("10.0.0.0/8", "10.255.0.1"));
    CHECK_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
    CHECK(holds("192.0.2.128/25", "192.0.2.200"));
    CHECK_FALSE(holds("192.0.2.128/25", "192.0.2.127"));
    CHECK(holds("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(holds("0.0.0.0/0", "255.255.255.255"));
    CHECK(holds("::/0", "2a01::1"));
    CHECK(holds("192.0.2.7", "192.0.2.7"));
    CHECK_FALSE(holds("192.0.2.7", "192.0.2.6"));
}

TEST_CASE("a_range_holds_no_address_of_the_other_family", "[address_range]") {
    CHECK_FALSE(holds("0.0.0.0/0", "::1"));
    CHECK_FALSE(holds("::/0", "1.2.3.4"));
}

TEST_CASE("what_is_no_range_is_refused_with_an_example", "[address_range]") {
    for (const std::string text :
         {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "::/129", "eth0", "a/8",
          "10.0.0.0/8/8", "10.0.0.0/8 ", "0x0a000000/8"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_address_range(text));
    }
    CHECK_FALSE(parse_address_range(std::string("10.0.0.0\0/8", 11)));
    CHECK_FALSE(parse_address_range(std::string(5000, '1')));
    CHECK_THAT(parse_address_range("10.0.0.1/8").error().message, Catch::Contains("beyond /8"));
}

TEST_CASE("an_ipv4_address_inside_an_ipv6_one_is_the_ipv4_address", "[address_range]") {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    REQUIRE(inet_pton(AF_INET6, "::ffff:10.1.2.3", &v6.sin6_addr) == 1);
    CHECK(address_of(reinterpret_cast<const sockaddr*>(&v6)) == address("10.1.2.3"));
    CHECK(holds("::ffff:10.0.0.0/104", "10.1.2.3"));
    CHECK_FALSE(address_of(nullptr));
    sockaddr other{};
    other.sa_family = AF_UNIX;
    CHECK_FALSE(address_of(&other));
}
