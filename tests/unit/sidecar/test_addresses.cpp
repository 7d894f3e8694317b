#include <catch2/catch.hpp>

#include "base/address_range.hpp"
#include "collect/network/addresses.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

bool routable(const char* text) {
    return is_globally_routable(parse_address_range(text)->base);
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
