#include "collect/host/cgroup.hpp"

#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "collect/host/cgroup_facts.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxFileBytes = 256 * 1024;

void add_facts(metrics::SampleList& out, const CgroupFacts& facts, const std::string& scope) {
    out.add<"system_cgroup_memory_limit_bytes">(facts.memory_limit_bytes, scope);
    out.add<"system_cgroup_memory_usage_bytes">(facts.memory_usage_bytes, scope);
    out.add<"system_cgroup_memory_working_set_bytes">(facts.memory_working_set_bytes, scope);
    out.add<"system_cgroup_cpu_quota_cores">(facts.cpu_quota_cores, scope);
    out.add<"system_cgroup_cpu_periods_total">(facts.cpu_periods, scope);
    out.add<"system_cgroup_cpu_throttled_periods_total">(facts.cpu_throttled_periods, scope);
    out.add<"system_cgroup_cpu_throttled_seconds_total">(facts.cpu_throttled_seconds, scope);
    out.add<"system_cgroup_pids">(facts.pids, scope);
    out.add<"system_cgroup_pids_limit">(facts.pids_limit, scope);
    out.add<"system_cgroup_oom_kills_total">(facts.oom_kills, scope);
}

bool is_missing(const Error& error) {
    return error.message.ends_with(std::strerror(ENOENT));
}

} // namespace

void CgroupSource::add_scope(CollectorReport& report, const std::vector<Mount>& mounts,
                             const std::string& process, const std::string& scope) const {
    const auto own = read_file(proc_ + '/' + process + "/cgroup", kMaxFileBytes);
    if (!own) {
        if (!is_missing(own.error())) { // no cgroups in this kernel, or the process has just ended
            report.error = own.error().message;
        }
        return;
    }
    // Where the kernel says /sys, the files may be elsewhere for a test.
    const auto read = [this](const std::string& path) {
        constexpr std::string_view kSys = "/sys/";
        return read_file(path.starts_with(kSys) ? sys_ + path.substr(kSys.size() - 1) : path,
                         kMaxFileBytes);
    };
    const CgroupReading reading = read_cgroup(*own, mounts, read);
    add_facts(report.samples, reading.facts, scope);
    if (!reading.error.empty()) {
        report.error = reading.error;
    }
}

std::vector<CollectorReport> CgroupSource::collect(const CycleTime&, const StopSignal&) {
    CollectorReport report;
    report.collector = "cgroup";
    const auto text = read_file(proc_ + "/self/mountinfo", kMaxMountinfoBytes);
    const auto mounts = text ? parse_mountinfo(*text) : Result<std::vector<Mount>>(text.error());
    if (!mounts) {
        report.error = mounts.error().message;
        return {report};
    }
    add_scope(report, *mounts, "self", "sidecar");
    if (const auto postmaster = server_->postmaster();
        postmaster && is_postgres(proc_, *postmaster)) {
        add_scope(report, *mounts, std::to_string(*postmaster), "postgresql");
    }
    report.success = report.error.empty();
    return {report};
}

} // namespace opsmon::collect
