#pragma once
// Says what a file in pg_wal is, from its name alone, and adds a directory up. Used by the
// sampler's directory sensor. A segment with a name past the current one is recycled: its space is
// taken, but it will be used again and is held back by nobody.

#include "core/text.hpp"
#include "core/units.hpp"

namespace opsmon::core {

enum class WalFileKind : std::uint8_t { Segment, Partial, History, Backup, Other };

struct WalFileName {
    WalFileKind kind;
    std::uint32_t timeline;       // of a Segment
    std::uint64_t segment_number; // of a Segment
};

WalFileName parse_wal_file_name(const char* name, Bytes segment_bytes);

// Where the segment begins that a file of archive_status says is waiting (`SEGMENT.ready`); unknown
// for every other name.
Lsn unarchived_segment_lsn(const char* status_name, Bytes segment_bytes);

struct WalDirectory {
    Bytes bytes; // all files, as pg_ls_waldir() lists them
    Bytes recycled_bytes;
    std::uint32_t files;
    std::uint32_t recycled_files;
    Text<32> oldest_segment; // empty when there is none
    std::uint64_t oldest_segment_number;
};

void start(WalDirectory& directory);
void add_file(WalDirectory& directory, const char* name, Bytes size_bytes, Lsn current,
              Bytes segment_bytes);

} // namespace opsmon::core
