#include "base/address_range.hpp"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/text.hpp"

namespace opsmon {
namespace {

constexpr std::size_t kMaxTextBytes = 64;

Error not_a_range(std::string_view text) {
    return Error{"'" + std::string(text.substr(0, kMaxTextBytes)) +
                 "' is not a range of addresses; write 10.0.0.0/8 or 2001:db8::/32"};
}

Address from_v6(const in6_addr& v6) {
    Address out;
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
        out.family = AF_INET;
        std::memcpy(out.bytes.data(), v6.s6_addr + 12, 4);
    } else {
        out.family = AF_INET6;
        std::memcpy(out.bytes.data(), v6.s6_addr, 16);
    }
    return out;
}

bool same_prefix(const Address& a, const Address& b, unsigned bits) {
    const unsigned whole = bits / 8;
    if (!std::equal(a.bytes.begin(), a.bytes.begin() + whole, b.bytes.begin())) {
        return false;
    }
    const unsigned rest = bits % 8;
    return rest == 0 || (a.bytes[whole] ^ b.bytes[whole]) >> (8 - rest) == 0;
}

bool has_bits_beyond(const Address& address, unsigned bits) {
    for (unsigned bit = bits; bit < 128; ++bit) {
        if ((address.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) {
            return true;
        }
    }
    return false;
}

} // namespace

Address address_of(const sockaddr* socket_address) {
    Address out;
    if (socket_address == nullptr) {
        return out;
    }
    if (socket_address->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, socket_address, sizeof v4);
        out.family = AF_INET;
        std::memcpy(out.bytes.data(), &v4.sin_addr, 4);
    } else if (socket_address->sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, socket_address, sizeof v6);
        out = from_v6(v6.sin6_addr);
    }
    return out;
}

bool AddressRange::contains(const Address& address) const {
    return address.family != AF_UNSPEC && address.family == base.family &&
           same_prefix(base, address, bits);
}

Result<AddressRange> parse_address_range(std::string_view text) {
    const auto slash = text.find('/');
    const std::string address(text.substr(0, slash));
    if (text.size() > kMaxTextBytes || address.find('\0') != std::string::npos) {
        return not_a_range(text);
    }
    AddressRange out;
    if (::inet_pton(AF_INET, address.c_str(), out.base.bytes.data()) == 1) {
        out.base.family = AF_INET;
    } else if (::inet_pton(AF_INET6, address.c_str(), out.base.bytes.data()) == 1) {
        out.base.family = AF_INET6;
    } else {
        return not_a_range(text);
    }
    const unsigned most = out.base.family == AF_INET ? 32 : 128;
    out.bits = most;
    if (slash != std::string_view::npos) {
        const auto bits = parse_count(text.substr(slash + 1));
        if (!bits || *bits > most) {
            return not_a_range(text);
        }
        out.bits = static_cast<unsigned>(*bits);
    }
    if (has_bits_beyond(out.base, out.bits)) {
        return Error{"'" + std::string(text) + "' has address bits beyond /" +
                     std::to_string(out.bits) + "; a range starts with its first address"};
    }
    return out;
}

} // namespace opsmon
