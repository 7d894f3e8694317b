#include "collect/network/prefix.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "collect/network/addresses.hpp"

namespace opsmon::collect {
namespace {

constexpr AddressBytes kIpv4Start = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t kIpv4At = 12;
constexpr unsigned kIpv4Offset_bits = 96;

} // namespace

AddressBytes address_from_ipv4(const std::uint8_t* four_bytes) {
    AddressBytes out = kIpv4Start;
    std::copy_n(four_bytes, 4, out.begin() + kIpv4At);
    return out;
}

bool is_ipv4(const AddressBytes& address) {
    return std::equal(kIpv4Start.begin(), kIpv4Start.begin() + kIpv4At, address.begin());
}

bool is_loopback(const AddressBytes& address) {
    if (is_ipv4(address)) {
        return address[kIpv4At] == 127;
    }
    return std::all_of(address.begin(), address.end() - 1, [](auto byte) { return byte == 0; }) &&
           address.back() == 1;
}

bool is_unspecified(const AddressBytes& address) {
    const auto begin = address.begin() + (is_ipv4(address) ? kIpv4At : 0);
    return std::all_of(begin, address.end(), [](auto byte) { return byte == 0; });
}

bool is_public(const AddressBytes& address) {
    sockaddr_in6 socket_address{};
    socket_address.sin6_family = AF_INET6;
    std::memcpy(&socket_address.sin6_addr, address.data(), address.size());
    return is_globally_routable(reinterpret_cast<const sockaddr*>(&socket_address));
}

std::string Prefix::to_string() const {
    char text[INET6_ADDRSTRLEN] = {};
    if (is_ipv4(network)) {
        ::inet_ntop(AF_INET, network.data() + kIpv4At, text, sizeof text);
    } else {
        ::inet_ntop(AF_INET6, network.data(), text, sizeof text);
    }
    return std::string(text) + '/' + std::to_string(bits);
}

Prefix prefix_of(const AddressBytes& address, const PrefixLengths& lengths) {
    const bool v4 = is_ipv4(address);
    Prefix out{address, static_cast<std::uint8_t>(v4 ? std::min(lengths.ipv4, 32U)
                                                     : std::min(lengths.ipv6, 128U))};
    const unsigned kept_bits = out.bits + (v4 ? kIpv4Offset_bits : 0);
    for (unsigned i = 0; i < out.network.size(); ++i) {
        const unsigned first_bit = i * 8;
        if (first_bit >= kept_bits) {
            out.network[i] = 0;
        } else if (kept_bits - first_bit < 8) {
            out.network[i] &= static_cast<std::uint8_t>(0xff << (8 - (kept_bits - first_bit)));
        }
    }
    return out;
}

std::size_t PrefixHash::operator()(const Prefix& prefix) const noexcept {
    const auto* bytes = reinterpret_cast<const char*>(prefix.network.data());
    return std::hash<std::string_view>{}({bytes, prefix.network.size()}) * 31 + prefix.bits;
}

} // namespace opsmon::collect
