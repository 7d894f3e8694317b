#include "collect/host/disk.hpp"

#include "collect/host/mount_view.hpp"

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

std::optional<double> as_number(std::optional<bool> fact) {
    return fact ? std::optional(*fact ? 1.0 : 0.0) : std::nullopt;
}

void add_state(metrics::SampleList& out, const MountView& view, const Mount& mount,
               const Result<DiskSpace>& answer) {
    out.add<"system_disk_info">(1, mount.mount_point, mount.source, mount.type);
    out.add<"system_disk_read_only">(
        as_number(is_read_only(view, mount, answer && answer->read_only)), mount.mount_point);
    out.add<"system_disk_read_only_by_error">(as_number(is_read_only_by_error(view, mount)),
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

std::vector<CollectorReport> DiskSource::collect(const CycleTime&, const StopSignal&) {
    CollectorReport report;
    report.collector = "disk";
    const auto view = read_mount_view(proc_);
    if (!view) {
        report.error = view.error().message;
        return {report};
    }
    const ChosenMounts chosen = choose_mounts(view->mounts, ignored_);
    std::vector<std::string> mount_points;
    for (const Mount& mount : chosen.mounts) {
        mount_points.push_back(mount.mount_point);
    }
    const auto answers = ask_view(probe_, *view, mount_points);
    for (const Mount& mount : chosen.mounts) {
        const Result<DiskSpace>& answer = answers.at(mount.mount_point);
        if (answer && is_hidden(mount, *answer)) {
            continue; // nobody can reach it, and df does not show it either
        }
        add_state(report.samples, *view, mount, answer);
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
