#pragma once
// This component reads one process's cgroup: the smallest limits on its way to the root, what is
// used of them, and how often they hurt. The collector of cgroups shows it. What a kernel or a
// controller does not have is absent; a file with something else in it is an error.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "collect/host/cgroup_place.hpp"

namespace opsmon::collect {

struct CgroupFacts {
    std::optional<double> memory_limit_bytes;
    std::optional<double> memory_usage_bytes;
    std::optional<double> memory_working_set_bytes;
    std::optional<double> cpu_quota_cores;
    std::optional<double> cpu_periods;
    std::optional<double> cpu_throttled_periods;
    std::optional<double> cpu_throttled_seconds;
    std::optional<double> pids;
    std::optional<double> pids_limit;
    std::optional<double> oom_kills;
};

// The text of a file; an error for one that cannot be read, also when it is not there.
using ReadText = std::function<Result<std::string>(const std::string& path)>;

struct CgroupReading {
    CgroupFacts facts;
    std::string error; // of the first file that makes no sense; empty: none
};

CgroupReading read_cgroup(std::string_view proc_cgroup, const std::vector<Mount>& mounts,
                          const ReadText& read);

// A limit as the files of both versions have it; nothing for "max", -1 and what is as good as none.
Result<std::optional<double>> parse_cgroup_limit(std::string_view text);

// The number behind `key` in lines of "key number".
std::optional<double> find_cgroup_value(std::string_view text, std::string_view key);

// Cores, from "quota period"; nothing for "max".
Result<std::optional<double>> parse_cpu_max(std::string_view text);

} // namespace opsmon::collect
