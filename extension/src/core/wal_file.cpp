#include "core/wal_file.hpp"

namespace opsmon::core {
namespace {

constexpr std::size_t kSegmentNameLength = 24;
constexpr std::uint64_t kBytesPerLogId = 0x100000000ULL;

bool parse_hex(const char* text, std::size_t length, std::uint32_t& value) {
    value = 0;
    for (std::size_t i = 0; i < length; ++i) {
        const char c = text[i];
        const bool digit = c >= '0' && c <= '9';
        const bool letter = c >= 'A' && c <= 'F';
        if (!digit && !letter) {
            return false;
        }
        value = value * 16 + static_cast<std::uint32_t>(digit ? c - '0' : c - 'A' + 10);
    }
    return true;
}

bool ends_with(const char* text, std::size_t length, const char* suffix) {
    const std::size_t suffix_length = std::strlen(suffix);
    return length >= suffix_length &&
           std::memcmp(text + length - suffix_length, suffix, suffix_length) == 0;
}

} // namespace

WalFileName parse_wal_file_name(const char* name, Bytes segment_bytes) {
    WalFileName result{WalFileKind::Other, 0, 0};
    const std::size_t length = std::strlen(name);
    if (ends_with(name, length, ".history")) {
        result.kind = WalFileKind::History;
        return result;
    }
    std::uint32_t log_id = 0;
    std::uint32_t segment = 0;
    if (length < kSegmentNameLength || segment_bytes == 0 || !parse_hex(name, 8, result.timeline) ||
        !parse_hex(name + 8, 8, log_id) || !parse_hex(name + 16, 8, segment)) {
        result.timeline = 0;
        return result;
    }
    if (ends_with(name, length, ".backup")) {
        result.kind = WalFileKind::Backup;
    } else if (ends_with(name, length, ".partial")) {
        result.kind = WalFileKind::Partial;
    } else if (length == kSegmentNameLength) {
        result.kind = WalFileKind::Segment;
        result.segment_number = log_id * (kBytesPerLogId / segment_bytes) + segment;
    }
    return result;
}

Lsn unarchived_segment_lsn(const char* status_name, Bytes segment_bytes) {
    static constexpr const char* kReady = ".ready";
    const std::size_t length = std::strlen(status_name);
    char name[kSegmentNameLength + 1];
    if (length != kSegmentNameLength + std::strlen(kReady) ||
        !ends_with(status_name, length, kReady)) {
        return kUnknownLsn;
    }
    std::memcpy(name, status_name, kSegmentNameLength);
    name[kSegmentNameLength] = '\0';
    const WalFileName file = parse_wal_file_name(name, segment_bytes);
    return file.kind == WalFileKind::Segment ? file.segment_number * segment_bytes : kUnknownLsn;
}

void start(WalDirectory& directory) {
    directory = WalDirectory{};
}

void add_file(WalDirectory& directory, const char* name, Bytes size_bytes, Lsn current,
              Bytes segment_bytes) {
    directory.bytes += size_bytes;
    ++directory.files;
    const WalFileName file = parse_wal_file_name(name, segment_bytes);
    if (file.kind != WalFileKind::Segment) {
        return;
    }
    if (current != kUnknownLsn && file.segment_number > current / segment_bytes) {
        directory.recycled_bytes += size_bytes;
        ++directory.recycled_files;
        return;
    }
    if (directory.oldest_segment.empty() || file.segment_number < directory.oldest_segment_number) {
        directory.oldest_segment.assign(name);
        directory.oldest_segment_number = file.segment_number;
    }
}

} // namespace opsmon::core
