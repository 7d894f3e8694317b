#pragma once
// This component reads /proc/<pid>/mountinfo and decides which mounts are worth watching: each real
// file system once. It also finds the mount that carries a path. The collectors of disks, cgroups
// and PostgreSQL's volumes use it. Pure: it asks no file system anything.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace opsmon::collect {

// So that all their series fit into one collector's limit.
inline constexpr std::size_t kMaxMountPoints = 192;
inline constexpr std::size_t kMaxMountinfoBytes = 4 << 20;

struct Mount {
    std::string device; // major:minor
    std::string mount_point;
    std::string type;
    std::string source = {}; // /dev/sda1, server:/export, tmpfs
    std::string root = {};   // what of the file system is mounted here
    std::string file_system_options = {};
    bool mounted_read_only = false;     // this mount
    bool file_system_read_only = false; // the file system below, whoever mounts it
    std::string id = {};                // another one in each mount namespace
};

// Lines that do not parse are an error: half a list would silently lose a disk.
Result<std::vector<Mount>> parse_mountinfo(std::string_view mountinfo);

struct ChosenMounts {
    std::vector<Mount> mounts; // sorted by mount point
    std::size_t omitted = 0;   // beyond kMaxMountPoints
};

// Without pseudo file systems and ignored mount points (glob patterns). Of several mounts of one
// device the one that shows all of it, then the one with the shortest path.
ChosenMounts choose_mounts(const std::vector<Mount>& mounts,
                           const std::vector<std::string>& ignored);

// What is mounted at exactly this place, of any type; the later one hides the earlier; null:
// nothing.
const Mount* mounted_at(const std::vector<Mount>& mounts, std::string_view mount_point);

// The mount that carries an absolute path without symbolic links, of any type; null: none does.
const Mount* find_mount(const std::vector<Mount>& mounts, std::string_view path);

} // namespace opsmon::collect
