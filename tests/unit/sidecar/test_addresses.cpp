#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "collect/network/addresses.hpp"

using namespace opsmon::collect;

namespace {

bool routable(const char* text) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        return is_globally_routable(reinterpret_cast<const sockaddr*>(&v4));
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    REQUIRE(inet_pton(AF_INET6, text, &v6.sin6_addr) == 1);
    return is_globally_routable(reinterpret_cast<const sockaddr*>(&v6));
}

} // namespace

TEST_CASE("public_addresses_are_globally_routable") {
    for (const char* text : {"8.8.8.8", "172.32.0.1", "172.15.0.1", "100.128.0.1", "192.169.0.1",
                             "223.255.255.255", "2600::1", "2a01:4f8::1", "::ffff:8.8.8.8"}) {
        CAPTURE(text);
        CHECK(routable(text));
    }
}

TEST_CASE("private_and_special_addresses_are_not_globally_routable") {
    for (const char* text :
         {"10.1.2.3",    "172.16.0.1", "172.31.255.255",  "192.168.1.1", "127.0.0.1",
          "169.254.1.1", "100.64.0.1", "100.127.255.255", "0.0.0.0",     "198.18.0.1",
          "203.0.113.9", "224.0.0.1",  "255.255.255.255", "::",          "::1",
          "fe80::1",     "fd00::1",    "ff02::1",         "2001:db8::1", "::ffff:10.0.0.1"}) {
        CAPTURE(text);
        CHECK_FALSE(routable(text));
    }
}

TEST_CASE("an_interface_without_an_address_is_not_routable") {
    CHECK_FALSE(is_globally_routable(nullptr));
}
