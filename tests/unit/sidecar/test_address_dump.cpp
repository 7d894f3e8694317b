#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "base/address_range.hpp"
#include "collect/network/address_dump.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

using Bytes = std::vector<std::uint8_t>;

struct Attribute {
    std::uint16_t type;
    Bytes payload;
};

Bytes message(std::uint16_t type, unsigned char family, unsigned index,
              const std::vector<Attribute>& attributes) {
    Bytes out(NLMSG_LENGTH(sizeof(ifaddrmsg)));
    for (const Attribute& one : attributes) {
        const rtattr head{static_cast<unsigned short>(RTA_LENGTH(one.payload.size())), one.type};
        Bytes bytes(RTA_ALIGN(head.rta_len));
        std::memcpy(bytes.data(), &head, sizeof head);
        std::memcpy(bytes.data() + RTA_LENGTH(0), one.payload.data(), one.payload.size());
        out.insert(out.end(), bytes.begin(), bytes.end());
    }
    nlmsghdr head{};
    head.nlmsg_len = static_cast<std::uint32_t>(out.size());
    head.nlmsg_type = type;
    std::memcpy(out.data(), &head, sizeof head);
    ifaddrmsg address{};
    address.ifa_family = family;
    address.ifa_index = index;
    std::memcpy(out.data() + NLMSG_HDRLEN, &address, sizeof address);
    return out;
}

Bytes operator+(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

std::vector<IndexedAddress> parse(const Bytes& bytes, bool expected = true,
                                  bool expected_done = false) {
    std::vector<IndexedAddress> out;
    bool done = false;
    CHECK(parse_address_messages(bytes.data(), bytes.size(), done, out) == expected);
    CHECK(done == expected_done);
    return out;
}

} // namespace

TEST_CASE("our_end_of_a_link_is_its_address", "[network]") {
    const auto all = parse(message(RTM_NEWADDR, AF_INET, 7,
                                   {{IFA_ADDRESS, {10, 0, 0, 2}}, {IFA_LOCAL, {10, 0, 0, 1}}}) +
                               message(RTM_NEWADDR, AF_INET6, 8, {{IFA_ADDRESS, Bytes(16, 0x20)}}) +
                               message(NLMSG_DONE, 0, 0, {}),
                           true, true);
    REQUIRE(all.size() == 2);
    CHECK(all[0].index == 7);
    CHECK(all[0].address == parse_address_range("10.0.0.1")->base);
    CHECK_FALSE(all[1].address.is_ipv4());
}

TEST_CASE("answers_that_make_no_sense_are_refused_or_left_out", "[network]") {
    CHECK(parse({}, false).empty());
    CHECK(parse(Bytes(8, 0xFF), false).empty());
    CHECK(parse(message(NLMSG_ERROR, 0, 0, {}), false).empty());
    CHECK(parse(message(RTM_NEWADDR, AF_INET, 7, {{IFA_LOCAL, {10, 0}}})).empty());
    CHECK(parse(message(RTM_NEWADDR, AF_INET6, 7, {{IFA_ADDRESS, {10, 0, 0, 1}}})).empty());
    CHECK(parse(message(RTM_NEWADDR, AF_APPLETALK, 7, {{IFA_LOCAL, {10, 0, 0, 1}}})).empty());
    CHECK(parse(message(RTM_NEWADDR, AF_INET, 7, {})).empty());
    CHECK(parse(message(RTM_NEWLINK, AF_INET, 7, {{IFA_LOCAL, {10, 0, 0, 1}}})).empty());
    const Bytes whole = message(RTM_NEWADDR, AF_INET, 7, {{IFA_LOCAL, {10, 0, 0, 1}}});
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        CHECK(parse(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut)), false)
                  .empty());
    }
}

TEST_CASE("the_kernel_tells_the_addresses_of_lo", "[network]") {
    const auto all = read_interface_addresses();
    REQUIRE(all);
    const Address loopback = parse_address_range("127.0.0.1")->base;
    bool found = false;
    for (const auto& [interface, addresses] : *all) {
        found = found || std::count(addresses.begin(), addresses.end(), loopback) > 0;
    }
    CHECK(found);
}
