#pragma once
// This component finds where a process's cgroup is: from the texts of /proc/<pid>/cgroup and
// /proc/self/mountinfo to the folders of one controller, in cgroup v1, v2 or both side by side. The
// collector of cgroups uses it. Pure: it opens nothing.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/host/mounts.hpp"

namespace opsmon::collect {

inline constexpr std::size_t kMaxCgroupLevels = 32;

struct CgroupPlace {
    int version = 2;
    std::vector<std::string> folders; // its own first, then its parents' up to where it is mounted
};

// Nothing where this process cannot see the other's cgroup, or the controller is not mounted.
std::optional<CgroupPlace> find_cgroup(std::string_view proc_cgroup,
                                       const std::vector<Mount>& mounts,
                                       std::string_view controller);

} // namespace opsmon::collect
