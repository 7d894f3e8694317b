#pragma once
// This component asks file systems how full they are, in threads of its own, because statvfs() on a
// dead network mount does not return. A mount that does not answer is remembered and not asked
// again until its call has come back. The disk collector uses it; it never waits longer than told.

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace opsmon::collect {

struct DiskSpace {
    double size_bytes = 0;
    double free_bytes = 0;      // with what is reserved for root
    double available_bytes = 0; // for everybody
    double inodes = 0;          // 0: it does not count them
    double free_inodes = 0;     // for everybody
    bool read_only = false;
};

Result<DiskSpace> ask_file_system(const std::string& mount_point);

class MountProbe {
public:
    using Ask = std::function<Result<DiskSpace>(const std::string&)>;

    struct Patience {
        std::chrono::milliseconds per_mount{500};
        std::chrono::milliseconds total{2000};
    };

    explicit MountProbe(Patience patience, Ask ask = ask_file_system)
        : patience_(patience), ask_(std::move(ask)) {}

    // One answer per mount point.
    std::map<std::string, Result<DiskSpace>> ask_all(const std::vector<std::string>& mount_points);

private:
    void forget_returned();

    Patience patience_;
    Ask ask_;
    std::map<std::string, std::shared_ptr<std::atomic<bool>>> stuck_; // true: has returned
};

} // namespace opsmon::collect
