#include "metrics/label_value.hpp"

#include <algorithm>

namespace opsmon::metrics {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD"; // U+FFFD

unsigned byte_at(std::string_view text, std::size_t index) {
    return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
}

bool in_range(unsigned byte, unsigned low, unsigned high) {
    return byte >= low && byte <= high;
}

// Length of the valid character at the start of `text`, 0 where there is none. The table of RFC
// 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
std::size_t character_length(std::string_view text) {
    const unsigned first = byte_at(text, 0);
    const unsigned second = byte_at(text, 1);
    if (first < 0x80) {
        return 1;
    }
    if (in_range(first, 0xC2, 0xDF)) {
        return in_range(second, 0x80, 0xBF) ? 2 : 0;
    }
    const bool third = in_range(byte_at(text, 2), 0x80, 0xBF);
    if (in_range(first, 0xE0, 0xEF)) {
        const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = first == 0xED ? 0x9F : 0xBF;
        return in_range(second, low, high) && third ? 3 : 0;
    }
    if (in_range(first, 0xF0, 0xF4)) {
        const unsigned low = first == 0xF0 ? 0x90 : 0x80;
        const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
        return in_range(second, low, high) && third && in_range(byte_at(text, 3), 0x80, 0xBF) ? 4
                                                                                              : 0;
    }
    return 0;
}

} // namespace

std::string clean_label_value(std::string_view text, std::size_t max_bytes) {
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    if (text.size() <= max_bytes && std::all_of(text.begin(), text.end(), is_ascii)) {
        return std::string(text); // nearly all are
    }
    std::string out;
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        const std::string_view piece = length == 0 ? kReplacement : text.substr(0, length);
        if (out.size() + piece.size() > max_bytes) {
            break;
        }
        out += piece;
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

} // namespace opsmon::metrics
