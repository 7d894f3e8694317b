#pragma once
// This component decides which mount points are worth a disk usage: from the text of
// /proc/self/mountinfo to a list of mount points, each real file system once. The disk collector
// uses it. Pure: it asks no file system anything.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace opsmon::collect {

inline constexpr std::size_t kMaxMountPoints = 256;

struct Mount {
    std::string device; // major:minor
    std::string mount_point;
    std::string type;
};

// Lines that do not parse are an error: half a list would silently lose a disk.
Result<std::vector<Mount>> parse_mountinfo(std::string_view mountinfo);

// Without pseudo file systems and ignored mount points (glob patterns); of several mounts of one
// device the one with the shortest path; sorted, at most kMaxMountPoints.
std::vector<std::string> choose_mount_points(const std::vector<Mount>& mounts,
                                             const std::vector<std::string>& ignored);

} // namespace opsmon::collect
