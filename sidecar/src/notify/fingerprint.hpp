#pragma once
// This component provides the short name of an alert: 64 bits of its labels, computed as Prometheus
// and Alertmanager do, so that the same alert has the same name in all of them. Pure.

#include "metrics/labels.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace opsmon::notify {

using Fingerprint = std::uint64_t;

[[nodiscard]] inline Fingerprint fingerprint(const metrics::Labels& labels) {
    Fingerprint out = 14695981039346656037ULL; // FNV-1a
    const auto add = [&out](std::string_view text) {
        for (const char c : text) {
            out = (out ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
        }
        out = (out ^ 255U) * 1099511628211ULL;
    };
    for (const auto& [name, value] : labels.pairs()) {
        add(name);
        add(value);
    }
    return out;
}

[[nodiscard]] inline std::string to_hex(Fingerprint name) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out(16, '0');
    for (std::size_t i = 0; i < 16; ++i) {
        out[15 - i] = kDigits[(name >> (4 * i)) & 15U];
    }
    return out;
}

[[nodiscard]] inline std::optional<Fingerprint> from_hex(std::string_view text) {
    Fingerprint out = 0;
    for (const char c : text) {
        const bool digit = c >= '0' && c <= '9';
        if (!digit && !(c >= 'a' && c <= 'f')) {
            return std::nullopt;
        }
        out = (out << 4) | static_cast<unsigned>(digit ? c - '0' : c - 'a' + 10);
    }
    return text.size() == 16 ? std::optional(out) : std::nullopt;
}

} // namespace opsmon::notify
