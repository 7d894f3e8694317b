#pragma once
// This component provides `LogCursor`, how far one file of a log was read and how to know that file
// again, and the text in which cursors are kept over a restart. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opsmon::collect {

struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

// Of the file's first bytes: a log that begins differently is another log.
struct Fingerprint {
    std::uint64_t size = 0;
    std::uint64_t hash = 0;
    friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

inline constexpr std::size_t kMaxFingerprintBytes = 256;

Fingerprint fingerprint_of(std::string_view first_bytes);

struct LogCursor {
    FileIdentity identity;
    std::uint64_t offset = 0;
    Fingerprint fingerprint;
    std::int64_t modified_ns = 0;
    bool discarding = false; // amid a line that is too long
    friend bool operator==(const LogCursor&, const LogCursor&) = default;
};

// One line each, the file that was begun first at the top.
std::string format_cursors(const std::vector<LogCursor>& cursors);

// Nothing when the text is not what format_cursors() writes.
std::optional<std::vector<LogCursor>> parse_cursors(std::string_view text);

} // namespace opsmon::collect
