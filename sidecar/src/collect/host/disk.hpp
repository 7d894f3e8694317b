#pragma once
// This component provides the collector `disk`: how full each real file system is, as df shows it,
// and whether it can still be written. A mount that does not answer fails the collector, is named
// and has a metric that says so; the others keep their values.

#include <optional>
#include <string>
#include <vector>

#include "collect/host/mount_probe.hpp"
#include "collect/host/mounts.hpp"
#include "collect/source.hpp"

namespace opsmon::collect {

// Nothing for a file system without blocks.
std::optional<double> disk_usage_percent(const DiskSpace& space);

class DiskSource : public Source {
public:
    DiskSource(std::string proc, std::vector<std::string> ignored_mount_points, MountProbe probe)
        : proc_(std::move(proc)),
          ignored_(std::move(ignored_mount_points)),
          probe_(std::move(probe)) {}
    [[nodiscard]] std::vector<std::string> collectors() const override { return {"disk"}; }
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

private:
    std::string proc_;
    std::vector<std::string> ignored_;
    MountProbe probe_;
};

} // namespace opsmon::collect
