#pragma once
// A file system that PostgreSQL can fill, in the numbers an unprivileged process has: space
// reserved for root does not count as free, because the server cannot use it. Filled by the guard's
// volume sensor from statvfs(); absurd numbers make the volume unknown, never empty and never
// roomy.

#include "core/text.hpp"
#include "core/units.hpp"

namespace opsmon::core {

enum class VolumeKind : std::uint8_t { Wal, Data, Tablespace };
inline constexpr std::size_t kVolumeKinds = 2; // of those the guard looks at itself
inline constexpr std::size_t kTablespacesMax = 16;
inline constexpr std::size_t kVolumesMax = kVolumeKinds + kTablespacesMax;

constexpr const char* name_of(VolumeKind kind) {
    switch (kind) {
    case VolumeKind::Wal:
        return "wal";
    case VolumeKind::Data:
        return "data";
    case VolumeKind::Tablespace:
        return "tablespace";
    }
    return "";
}

// What statvfs() answered, in its own terms.
struct VolumeFacts {
    std::uint64_t fragment_bytes;   // f_frsize
    std::uint64_t fragments_total;  // f_blocks
    std::uint64_t fragments_usable; // f_bavail
    std::uint64_t inodes_total;     // f_files; 0 where the file system does not count them
    std::uint64_t inodes_usable;    // f_favail
    bool read_only;
};

struct Volume {
    VolumeKind kind;
    Name tablespace; // of a Tablespace: the object id of the first that lies there
    bool known;      // false: could not be sensed, see error_number
    bool read_only;
    bool counts_inodes;
    int error_number;     // errno of the failure, 0 when known
    std::uint64_t device; // st_dev: equal numbers are one and the same volume
    Bytes size_bytes;
    Bytes free_bytes;
    std::uint64_t total_inodes;
    std::uint64_t free_inodes;
};

// Fills the figures of `volume` from `facts`; a volume whose facts contradict themselves is
// unknown.
void measure(Volume& volume, const VolumeFacts& facts);

// What can still be written: without an inode left there is no new file, however many bytes are
// free. `bytes_per_inode` is the size of the files that are written there.
Bytes room_of(const Volume& volume, Bytes bytes_per_inode);

} // namespace opsmon::core
