#pragma once
// This component decides which mount of this machine carries a volume of PostgreSQL, and later
// whether that mount is still the same. Another file system's figures are worse than none: where
// the two are not certain to be one, nothing is claimed. VolumeWatch uses it. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "collect/host/mount_probe.hpp"
#include "collect/host/mounts.hpp"
#include "postgres/rows.hpp"

namespace opsmon::collect {

inline constexpr std::size_t kMaxVolumePlaces = 64;

struct VolumePlace {
    std::string volume;               // wal, data or tablespace:<oid>
    std::string path;                 // as the server resolved it
    std::string mount_point;          // of the file system that carries it
    std::string device;               // major:minor
    std::string source;               // /dev/sdb1
    std::string type;                 // ext4
    std::uint64_t file_system_id = 0; // 0: not known
    friend bool operator==(const VolumePlace&, const VolumePlace&) = default;
};

// What is remembered of a server.
struct KnownVolumes {
    std::vector<VolumePlace> places;
    double segment_bytes = 0; // 0: not known
    friend bool operator==(const KnownVolumes&, const KnownVolumes&) = default;
};

// Is what this machine's statvfs() says of `mount` what the server's says of its volume? The sizes
// must agree, and the device numbers, which btrfs alone gives out per subvolume.
bool is_same_file_system(const postgres::VolumeRow& row, const Mount& mount,
                         const DiskSpace& space);

VolumePlace make_place(const postgres::VolumeRow& row, const Mount& mount,
                       std::uint64_t file_system_id);
// But for what only a file system that answers can say.
bool is_same_place(const VolumePlace& left, const VolumePlace& right);

// Why the file system under the place is not the one that was remembered; empty when it is. Devices
// may have other numbers after a reboot: then the id of the file system counts. `answer` is what it
// says, null when it does not answer.
std::string what_has_changed(const VolumePlace& place, const std::vector<Mount>& mounts,
                             const DiskSpace* answer);

// Less room than two WAL segments, or no inode: a server that stopped for want of room leaves up to
// one segment behind, as a new one is written whole or not at all. Nothing when room is not known.
std::optional<bool> is_wal_volume_full(std::optional<double> free_bytes,
                                       std::optional<double> free_inodes, double segment_bytes);

// For the store. What is too long to be kept is left out; a text that makes no sense is nothing.
std::string to_json(const KnownVolumes& known);
std::optional<KnownVolumes> known_volumes_from_json(std::string_view text);

} // namespace opsmon::collect
