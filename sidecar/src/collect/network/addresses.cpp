#include "collect/network/addresses.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

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

bool is_routable6(const in6_addr& address) {
    const std::uint8_t* bytes = address.s6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
        return is_routable4(static_cast<std::uint32_t>(bytes[12]) << 24 | bytes[13] << 16 |
                            bytes[14] << 8 | bytes[15]);
    }
    const bool global_unicast = (bytes[0] & 0xE0) == 0x20; // 2000::/3
    const bool documentation =
        bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0D && bytes[3] == 0xB8;
    return global_unicast && !documentation;
}

} // namespace

bool is_globally_routable(const sockaddr* address) {
    if (address == nullptr) {
        return false;
    }
    if (address->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, address, sizeof v4);
        return is_routable4(ntohl(v4.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, address, sizeof v6);
        return is_routable6(v6.sin6_addr);
    }
    return false;
}

Result<std::set<std::string>> read_routable_interfaces() {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) {
        return Error{std::string("cannot read the addresses of the interfaces: ") +
                     std::strerror(errno)};
    }
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, ::freeifaddrs);
    std::set<std::string> out;
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (is_globally_routable(entry->ifa_addr)) {
            out.insert(entry->ifa_name);
        }
    }
    return out;
}

} // namespace opsmon::collect
