#include "collect/host/disk.hpp"

#include "base/text.hpp"
#include "collect/host/mounts.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxMountinfoBytes = 4 << 20;

} // namespace

std::optional<double> disk_usage_percent(const DiskSpace& space) {
    const double used = space.size_bytes - space.free_bytes;
    if (space.size_bytes <= 0 || used < 0 || used + space.available_bytes <= 0) {
        return std::nullopt;
    }
    return 100 * used / (used + space.available_bytes);
}

std::vector<CollectorReport> DiskSource::collect(const CycleTime&, const StopSignal&) {
    CollectorReport report;
    report.collector = "disk";
    const auto text = read_file(proc_ + "/self/mountinfo", kMaxMountinfoBytes);
    const auto mounts = text ? parse_mountinfo(*text) : Result<std::vector<Mount>>(text.error());
    if (!mounts) {
        report.error = mounts.error().message;
        return {report};
    }
    for (const auto& [mount_point, space] :
         probe_.ask_all(choose_mount_points(*mounts, ignored_))) {
        if (space) {
            report.samples.add<"system_disk_usage_percent">(disk_usage_percent(*space),
                                                            mount_point);
        } else {
            report.error += report.error.empty() ? "" : "; ";
            report.error += space.error().message;
        }
    }
    report.success = report.error.empty();
    if (!report.success) {
        report.error += " (disk.ignored_mount_points leaves a mount out)";
    }
    return {report};
}

} // namespace opsmon::collect
