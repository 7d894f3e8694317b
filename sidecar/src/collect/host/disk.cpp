#include "collect/host/disk.hpp"

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

void add_space(metrics::SampleList& out, const Mount& mount, const DiskSpace& space) {
    const std::string& at = mount.mount_point;
    out.add<"system_disk_usage_percent">(disk_usage_percent(space), at);
    out.add<"system_disk_size_bytes">(space.size_bytes, at);
    out.add<"system_disk_free_bytes">(space.free_bytes, at);
    out.add<"system_disk_available_bytes">(space.available_bytes, at);
    if (space.inodes > 0) {
        out.add<"system_disk_inodes">(space.inodes, at);
        out.add<"system_disk_free_inodes">(space.free_inodes, at);
    }
}

void add_state(metrics::SampleList& out, const Mount& mount, const Result<DiskSpace>& answer) {
    const bool read_only =
        mount.mounted_read_only || mount.file_system_read_only || (answer && answer->read_only);
    out.add<"system_disk_info">(1, mount.mount_point, mount.source, mount.type);
    out.add<"system_disk_read_only">(read_only ? 1 : 0, mount.mount_point);
    out.add<"system_disk_read_only_by_error">(is_read_only_by_error(mount) ? 1 : 0,
                                              mount.mount_point);
    out.add<"system_disk_unanswered">(!answer && answer.error().retryable ? 1 : 0,
                                      mount.mount_point);
}

void add_error(std::string& errors, const std::string& error) {
    errors += (errors.empty() ? "" : "; ") + error;
}

} // namespace

std::optional<double> disk_usage_percent(const DiskSpace& space) {
    const double used = space.size_bytes - space.free_bytes;
    if (space.size_bytes <= 0 || used < 0 || used + space.available_bytes <= 0) {
        return std::nullopt;
    }
    return 100 * used / (used + space.available_bytes);
}

bool is_read_only_by_error(const Mount& mount) {
    return mount.file_system_read_only && !mount.mounted_read_only;
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
    const ChosenMounts chosen = choose_mounts(*mounts, ignored_);
    std::vector<std::string> mount_points;
    for (const Mount& mount : chosen.mounts) {
        mount_points.push_back(mount.mount_point);
    }
    const auto answers = probe_.ask_all(mount_points);
    for (const Mount& mount : chosen.mounts) {
        const Result<DiskSpace>& answer = answers.at(mount.mount_point);
        if (answer && is_hidden(mount, *answer)) {
            continue; // nobody can reach it, and df does not show it either
        }
        add_state(report.samples, mount, answer);
        if (answer) {
            add_space(report.samples, mount, *answer);
        } else {
            report.silent.push_back({"mount_point", mount.mount_point});
            add_error(report.error, answer.error().message);
        }
    }
    if (chosen.omitted > 0) {
        add_error(report.error, std::to_string(chosen.omitted) + " mounts beyond the limit of " +
                                    std::to_string(kMaxMountPoints) + " are not shown");
    }
    report.success = report.error.empty();
    if (!report.success) {
        report.error += " (disk.ignored_mount_points leaves a mount out)";
    }
    return {report};
}

} // namespace opsmon::collect
