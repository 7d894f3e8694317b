#pragma once
// This component provides the collector `disk_io`: what each block device of the machine has read
// and written and how long that took, from /proc/diskstats. Whole devices only, device mapper and
// md among them; no partition, loop, RAM disk, floppy or CD drive. Counters are the kernel's as
// they are, 32 bits wide some of them: that they wrap is for their reader, as a restart is.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "collect/source.hpp"

namespace opsmon::collect {

inline constexpr std::size_t kMaxBlockDevices = 128;

// Since boot; times in milliseconds, sizes in sectors of 512 bytes.
struct DiskIo {
    std::string device;
    double reads = 0;
    double sectors_read = 0;
    double read_ms = 0;
    double writes = 0;
    double sectors_written = 0;
    double write_ms = 0;
    double busy_ms = 0;
    double weighted_ms = 0;
};

// Lines of partitions on old kernels, which have fewer numbers, are left out.
Result<std::vector<DiskIo>> parse_diskstats(std::string_view diskstats);

// `whole_devices` are the names in /sys/block; null: it cannot be read, and names must do.
bool is_real_device(const std::string& device, const std::set<std::string>* whole_devices);

// Average seconds of what was completed between two readings, nothing when that was nothing or
// makes no sense.
std::optional<double> latency_seconds(double count_before, double count_after, double ms_before,
                                      double ms_after);

class DiskIoSource : public Source {
public:
    DiskIoSource(std::string proc, std::string sys, std::vector<std::string> ignored_devices)
        : proc_(std::move(proc)), sys_(std::move(sys)), ignored_(std::move(ignored_devices)) {}
    [[nodiscard]] std::vector<std::string> collectors() const override { return {"disk_io"}; }
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

private:
    std::string proc_;
    std::string sys_;
    std::vector<std::string> ignored_;
    std::map<std::string, DiskIo> before_;
};

} // namespace opsmon::collect
