#include "collect/access_log/endpoint.hpp"

#include <algorithm>

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxSegments = 8;
constexpr std::size_t kMaxSegmentBytes = 40;
constexpr std::size_t kMinTokenBytes = 16;
constexpr std::size_t kMinHexBytes = 8;

constexpr std::array<std::string_view, 9> kMethods{"GET",   "POST",    "HEAD",    "PUT",  "DELETE",
                                                   "PATCH", "OPTIONS", "CONNECT", "TRACE"};

enum : unsigned char { kPlain = 1, kDigit = 2, kHex = 4, kDash = 8 };

constexpr std::array<unsigned char, 256> classify() {
    std::array<unsigned char, 256> out{};
    for (unsigned c = 0; c < 256; ++c) {
        const bool digit = c >= '0' && c <= '9';
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool hex = digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        const bool mark = c == '.' || c == '_' || c == '~' || c == '+' || c == '@' || c == ':';
        out[c] = static_cast<unsigned char>((digit || letter || mark || c == '-' ? kPlain : 0) |
                                            (digit ? kDigit : 0) | (hex ? kHex : 0) |
                                            (c == '-' ? kDash : 0));
    }
    return out;
}

constexpr auto kClasses = classify();

// Whether it names one thing of many: a number, a UUID, a hash, a token, somebody's own words.
bool is_id(std::string_view segment) {
    if (segment.size() > kMaxSegmentBytes) {
        return true;
    }
    std::size_t digits = 0;
    std::size_t hex = 0;
    std::size_t dashes = 0;
    for (const char c : segment) {
        const unsigned char kind = kClasses[static_cast<unsigned char>(c)];
        if ((kind & kPlain) == 0) {
            return true;
        }
        digits += (kind & kDigit) != 0 ? 1 : 0;
        hex += (kind & kHex) != 0 ? 1 : 0;
        dashes += (kind & kDash) != 0 ? 1 : 0;
    }
    if (digits == 0) {
        return false;
    }
    return digits + dashes == segment.size() ||
           (hex + dashes == segment.size() && hex >= kMinHexBytes) ||
           (segment.size() >= kMinTokenBytes && digits * 4 >= segment.size());
}

// The path of a target in any of its forms; empty when it has none ("*", "host:443").
std::string_view path_of(std::string_view target) {
    target = target.substr(0, target.find_first_of("?#"));
    if (!target.empty() && target.front() == '/') {
        return target;
    }
    const auto host = target.find("://");
    if (host == std::string_view::npos) {
        return {};
    }
    const auto path = target.find('/', host + 3);
    return path == std::string_view::npos ? "/" : target.substr(path);
}

} // namespace

bool EndpointName::put(std::string_view text) {
    if (text.size() > buffer_.size() - size_) {
        return false;
    }
    std::copy(text.begin(), text.end(), buffer_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += text.size();
    return true;
}

std::string_view EndpointName::of(std::string_view method, std::string_view target) {
    size_ = 0;
    if (method.empty()) {
        return "invalid";
    }
    const bool known = std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
    put(known ? method : "OTHER");
    put(" ");
    std::string_view path = path_of(target);
    if (path.empty()) {
        put("*");
    }
    for (std::size_t segments = 0; !path.empty(); ++segments) {
        path.remove_prefix(1); // its slash
        const auto end = std::min(path.find('/'), path.size());
        const std::string_view segment = path.substr(0, end);
        path.remove_prefix(end);
        const std::string_view shown = is_id(segment) ? ":id" : segment;
        // Room for "/*" always remains.
        const bool fits = size_ + shown.size() + 3 <= buffer_.size();
        if (segments == kMaxSegments || !fits) {
            put("/*");
            break;
        }
        put("/");
        put(shown);
    }
    return {buffer_.data(), size_};
}

} // namespace opsmon::collect
