#include "collect/network/addresses.hpp"

#include <array>
#include <cstdint>

namespace opsmon::collect {
namespace {

struct Range4 {
    std::uint32_t base;
    unsigned bits;
};

// The special-purpose registry of IANA (RFC 6890), as far as it is not globally reachable.
constexpr std::array<Range4, 14> kNotRoutable4 = {{
    {0x00000000, 8},  // this network
    {0x0A000000, 8},  // 10/8
    {0x64400000, 10}, // 100.64/10, carriers
    {0x7F000000, 8},  // loopback
    {0xA9FE0000, 16}, // link-local
    {0xAC100000, 12}, // 172.16/12
    {0xC0000000, 24}, // protocol assignments
    {0xC0000200, 24}, // documentation
    {0xC0A80000, 16}, // 192.168/16
    {0xC6120000, 15}, // benchmarks
    {0xC6336400, 24}, // documentation
    {0xCB007100, 24}, // documentation
    {0xE0000000, 4},  // multicast
    {0xF0000000, 4},  // reserved
}};

bool is_routable4(std::uint32_t address) {
    for (const Range4& range : kNotRoutable4) {
        if ((address ^ range.base) >> (32 - range.bits) == 0) {
            return false;
        }
    }
    return true;
}

bool is_routable6(const std::array<std::uint8_t, 16>& bytes) {
    const bool global_unicast = (bytes[0] & 0xE0) == 0x20; // 2000::/3
    const bool documentation =
        bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0D && bytes[3] == 0xB8;
    return global_unicast && !documentation;
}

std::uint32_t number_of(const Address& ipv4) {
    const std::uint8_t* bytes = ipv4.bytes.data() + kIpv4At;
    return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
           static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}

} // namespace

bool is_globally_routable(const Address& address) {
    return address.is_ipv4() ? is_routable4(number_of(address)) : is_routable6(address.bytes);
}

bool is_link_local(const Address& address) {
    if (address.is_ipv4()) {
        return number_of(address) >> 16 == 0xA9FE;
    }
    return address.bytes[0] == 0xFE && (address.bytes[1] & 0xC0) == 0x80;
}

} // namespace opsmon::collect
