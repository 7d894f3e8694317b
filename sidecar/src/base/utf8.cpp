#include "base/utf8.hpp"

namespace opsmon {
namespace {

unsigned byte_at(std::string_view text, std::size_t index) {
    return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
}

bool in_range(unsigned byte, unsigned low, unsigned high) {
    return byte >= low && byte <= high;
}

} // namespace

// The table of RFC 3629.
std::size_t utf8_length(std::string_view text) {
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

} // namespace opsmon
