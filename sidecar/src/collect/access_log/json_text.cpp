#include "collect/access_log/json_text.hpp"

#include <cstdint>
#include <cstring>
#include <optional>

namespace opsmon::collect {
namespace {

constexpr int kMaxDepth = 64;

std::optional<std::uint32_t> parse_hex(std::string_view digits, std::size_t count) {
    if (digits.size() < count) {
        return std::nullopt;
    }
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const char c = digits[i];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0) {
            return std::nullopt;
        }
        value = value * 16 + static_cast<std::uint32_t>(digit);
    }
    return value;
}

void append_utf8(std::uint32_t code, std::string& out) {
    const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

// `raw` begins behind \u; returns how many bytes of it were used.
std::size_t append_unicode(std::string_view raw, std::string& out) {
    const auto high = parse_hex(raw, 4);
    if (!high) {
        out += "\\u";
        return 0;
    }
    if (*high < 0xD800 || *high > 0xDFFF) {
        append_utf8(*high, out);
        return 4;
    }
    const auto low = raw.substr(4, 2) == "\\u" ? parse_hex(raw.substr(6), 4) : std::nullopt;
    if (*high > 0xDBFF || !low || *low < 0xDC00 || *low > 0xDFFF) {
        append_utf8(0xFFFD, out); // half of a pair
        return 4;
    }
    append_utf8(0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00), out);
    return 10;
}

} // namespace

void decode_json_text(std::string_view raw, std::string& out) {
    static constexpr std::string_view kFrom = "nrtbf\"\\/";
    static constexpr std::string_view kTo = "\n\r\t\b\f\"\\/";
    out.clear();
    for (std::size_t at = 0; at < raw.size();) {
        if (raw[at] != '\\' || at + 1 == raw.size()) {
            out += raw[at++];
            continue;
        }
        const char kind = raw[at + 1];
        at += 2;
        if (const auto simple = kFrom.find(kind); simple != std::string_view::npos) {
            out += kTo[simple];
        } else if (kind == 'u') {
            at += append_unicode(raw.substr(at), out);
        } else if (const auto byte = parse_hex(raw.substr(at), 2); kind == 'x' && byte) {
            out += static_cast<char>(*byte);
            at += 2;
        } else {
            out += '\\';
            out += kind;
        }
    }
}

void JsonCursor::skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r')) {
        ++at_;
    }
}

bool JsonCursor::take(char c) {
    if (at_end() || text_[at_] != c) {
        return false;
    }
    ++at_;
    return true;
}

bool JsonCursor::take_string(std::string_view& out, bool& escaped) {
    if (!take('"')) {
        return false;
    }
    const std::size_t begin = at_;
    escaped = false;
    while (at_ < text_.size()) {
        const char c = text_[at_];
        if (c == '"') {
            out = text_.substr(begin, at_ - begin);
            ++at_;
            return true;
        }
        if (c == '\\') {
            escaped = true;
            ++at_;
        }
        ++at_;
    }
    at_ = text_.size();
    return false;
}

std::string_view JsonCursor::take_bare() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && std::strchr(",}] \t\r{[\"", text_[at_]) == nullptr) {
        ++at_;
    }
    return text_.substr(begin, at_ - begin);
}

bool JsonCursor::skip_nested() {
    int depth = 0;
    std::string_view text;
    bool escaped = false;
    while (!at_end()) {
        const char c = next();
        if (c == '"') {
            if (!take_string(text, escaped)) {
                return false;
            }
            continue;
        }
        ++at_;
        if (c == '{' || c == '[') {
            if (++depth > kMaxDepth) {
                return false;
            }
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return true;
        }
    }
    return false;
}

} // namespace opsmon::collect
