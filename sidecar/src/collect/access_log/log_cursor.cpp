#include "collect/access_log/log_cursor.hpp"

#include <array>
#include <limits>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxCursors = 32;
constexpr std::size_t kFields = 7;

} // namespace

Fingerprint fingerprint_of(std::string_view first_bytes) {
    first_bytes = first_bytes.substr(0, kMaxFingerprintBytes);
    Fingerprint out{first_bytes.size(), 14695981039346656037ULL}; // FNV-1a
    for (const char c : first_bytes) {
        out.hash = (out.hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
    return out;
}

std::string format_cursors(const std::vector<LogCursor>& cursors) {
    std::string out;
    for (const LogCursor& cursor : cursors) {
        for (const std::uint64_t number :
             {cursor.identity.device, cursor.identity.inode, cursor.offset, cursor.fingerprint.size,
              cursor.fingerprint.hash, static_cast<std::uint64_t>(cursor.modified_ns)}) {
            out += std::to_string(number) + ' ';
        }
        out += cursor.discarding ? "1\n" : "0\n";
    }
    return out;
}

std::optional<std::vector<LogCursor>> parse_cursors(std::string_view text) {
    std::vector<LogCursor> out;
    while (!text.empty()) {
        const auto words = split_words(take_line(text), kFields + 1);
        std::array<std::uint64_t, kFields> numbers{};
        if (words.size() != kFields || out.size() == kMaxCursors) {
            return std::nullopt;
        }
        for (std::size_t i = 0; i < kFields; ++i) {
            const auto number = parse_count(words[i]);
            if (!number) {
                return std::nullopt;
            }
            numbers[i] = *number;
        }
        constexpr auto kMaxSigned =
            static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
        if (numbers[2] > kMaxSigned || numbers[3] > kMaxFingerprintBytes || numbers[6] > 1) {
            return std::nullopt;
        }
        out.push_back({{numbers[0], numbers[1]},
                       numbers[2],
                       {numbers[3], numbers[4]},
                       static_cast<std::int64_t>(numbers[5]),
                       numbers[6] == 1});
    }
    return out;
}

} // namespace opsmon::collect
