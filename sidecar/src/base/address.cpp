#include "base/address.hpp"

#include <algorithm>
#include <cstring>

#include <netinet/in.h>

namespace opsmon {
namespace {

constexpr std::array<std::uint8_t, kIpv4At> kIpv4Start = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

} // namespace

bool Address::is_ipv4() const {
    return std::equal(kIpv4Start.begin(), kIpv4Start.end(), bytes.begin());
}

Address address_from_ipv4(const std::uint8_t* four_bytes) {
    Address out;
    std::copy(kIpv4Start.begin(), kIpv4Start.end(), out.bytes.begin());
    std::copy_n(four_bytes, 4, out.bytes.begin() + kIpv4At);
    return out;
}

std::optional<Address> address_of(const sockaddr* socket_address) {
    if (socket_address != nullptr && socket_address->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, socket_address, sizeof v4);
        return address_from_ipv4(reinterpret_cast<const std::uint8_t*>(&v4.sin_addr));
    }
    if (socket_address != nullptr && socket_address->sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, socket_address, sizeof v6);
        Address out;
        std::memcpy(out.bytes.data(), &v6.sin6_addr, out.bytes.size());
        return out;
    }
    return std::nullopt;
}

bool is_loopback(const Address& address) {
    if (address.is_ipv4()) {
        return address.bytes[kIpv4At] == 127;
    }
    return std::all_of(address.bytes.begin(), address.bytes.end() - 1,
                       [](auto byte) { return byte == 0; }) &&
           address.bytes.back() == 1;
}

bool is_unspecified(const Address& address) {
    const auto begin = address.bytes.begin() + (address.is_ipv4() ? kIpv4At : 0);
    return std::all_of(begin, address.bytes.end(), [](auto byte) { return byte == 0; });
}

bool same_prefix(const Address& a, const Address& b, unsigned bits) {
    const unsigned whole = bits / 8;
    if (!std::equal(a.bytes.begin(), a.bytes.begin() + whole, b.bytes.begin())) {
        return false;
    }
    const unsigned rest = bits % 8;
    return rest == 0 || (a.bytes[whole] ^ b.bytes[whole]) >> (8 - rest) == 0;
}

} // namespace opsmon
