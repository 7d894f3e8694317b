#include "collect/access_log/client_prefix.hpp"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr int kMaxHops = 16;
constexpr std::size_t kMaxAddressBytes = 45;

bool parse_v4(std::string_view text, Address& out) {
    std::array<std::uint8_t, 4> octets{};
    std::size_t at = 0;
    for (std::size_t octet = 0; octet < octets.size(); ++octet) {
        if (octet > 0 && (at >= text.size() || text[at++] != '.')) {
            return false;
        }
        unsigned value = 0;
        std::size_t digits = 0;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9' && digits < 3) {
            value = value * 10 + static_cast<unsigned>(text[at++] - '0');
            ++digits;
        }
        if (digits == 0 || value > 255) {
            return false;
        }
        octets[octet] = static_cast<std::uint8_t>(value);
    }
    out = address_from_ipv4(octets.data());
    // A port may follow.
    return at == text.size() || text[at] == ':';
}

bool parse_v6(std::string_view text, Address& out) {
    if (!text.empty() && text.front() == '[') {
        text = text.substr(1, text.find(']') - 1);
    }
    text = text.substr(0, text.find('%'));
    char copy[kMaxAddressBytes + 1];
    if (text.size() > kMaxAddressBytes) {
        return false;
    }
    std::copy(text.begin(), text.end(), copy);
    copy[text.size()] = '\0';
    return ::inet_pton(AF_INET6, copy, out.bytes.data()) == 1;
}

std::string_view last_hop(std::string_view& list) {
    const auto comma = list.rfind(',');
    const std::string_view hop = comma == std::string_view::npos ? list : list.substr(comma + 1);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
    return trim(hop);
}

char* put_number(char* at, unsigned value) {
    if (value >= 100) {
        *at++ = static_cast<char>('0' + value / 100);
    }
    if (value >= 10) {
        *at++ = static_cast<char>('0' + value / 10 % 10);
    }
    *at++ = static_cast<char>('0' + value % 10);
    return at;
}

} // namespace

std::optional<Address> parse_client_address(std::string_view text) {
    Address out;
    if (parse_v4(text, out)) {
        return out;
    }
    return parse_v6(text, out) ? std::optional(out) : std::nullopt;
}

bool ClientPrefix::is_trusted(const Address& address) const {
    return std::any_of(trusted_.begin(), trusted_.end(),
                       [&](const AddressRange& range) { return range.contains(address); });
}

std::string_view ClientPrefix::of(std::string_view client, std::string_view forwarded_for) {
    auto address = parse_client_address(client);
    if (!address) {
        return "unknown";
    }
    for (int hop = 0; hop < kMaxHops && !forwarded_for.empty() && is_trusted(*address); ++hop) {
        const auto before = parse_client_address(last_hop(forwarded_for));
        if (!before) {
            break;
        }
        address = before;
    }
    return write(*address);
}

std::string_view ClientPrefix::write(const Address& address) {
    char* at = buffer_.data();
    if (address.is_ipv4()) {
        for (std::size_t octet = kIpv4At; octet < kIpv4At + 3; ++octet) {
            at = put_number(at, address.bytes[octet]);
            *at++ = '.';
        }
        static constexpr std::string_view kTail = "0/24";
        at = std::copy(kTail.begin(), kTail.end(), at);
        return {buffer_.data(), static_cast<std::size_t>(at - buffer_.data())};
    }
    std::array<std::uint8_t, 16> network{};
    std::copy_n(address.bytes.begin(), 6, network.begin());
    if (::inet_ntop(AF_INET6, network.data(), buffer_.data(), kMaxAddressBytes + 1) == nullptr) {
        return "unknown";
    }
    at += std::strlen(buffer_.data());
    static constexpr std::string_view kTail = "/48";
    at = std::copy(kTail.begin(), kTail.end(), at);
    return {buffer_.data(), static_cast<std::size_t>(at - buffer_.data())};
}

} // namespace opsmon::collect
