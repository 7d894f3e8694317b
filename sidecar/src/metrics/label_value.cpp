#include "metrics/label_value.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace opsmon::metrics {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD"; // U+FFFD

} // namespace

std::string clean_label_value(std::string_view text, std::size_t max_bytes) {
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    if (text.size() <= max_bytes && std::all_of(text.begin(), text.end(), is_ascii)) {
        return std::string(text); // nearly all are
    }
    std::string out;
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
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
