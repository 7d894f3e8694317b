#pragma once
// This component asks file systems how full they are, in threads of its own, because statvfs() on a
// dead network mount does not return. A mount that does not answer is remembered and not asked
// again until its call has come back, over a reload too where `StuckMounts` is kept. The disk
// collector uses it; it never waits longer than told, and a system without a thread left is an
// answer like any other.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "collect/host/mounts.hpp"

namespace opsmon::collect {

struct DiskSpace {
    double size_bytes = 0;
    double free_bytes = 0;      // with what is reserved for root
    double available_bytes = 0; // for everybody
    double inodes = 0;          // 0: it does not count them
    double free_inodes = 0;     // for everybody
    bool read_only = false;
    // Who answered: with another mount over it, the path leads to another file system.
    std::string device{};             // major:minor; empty: not known
    std::uint64_t file_system_id = 0; // the same over a reboot for ext4 and btrfs; 0: not known
};

// Is the mount under another one, so that its path leads elsewhere? btrfs numbers its subvolumes
// apart and cannot be told.
bool is_hidden(const Mount& mount, const DiskSpace& answer);

Result<DiskSpace> ask_file_system(const std::string& mount_point);

// Throws what std::thread throws.
void start_thread(std::function<void()> work);

// The mounts whose calls hang. Probes may share it: what one waits for, no other asks.
class StuckMounts {
public:
    using Returned = std::shared_ptr<std::atomic<bool>>;

    void add(const std::string& mount_point, Returned returned);
    // Those that hang still; the ones whose call has come back are forgotten.
    [[nodiscard]] bool contains(const std::string& mount_point);

private:
    std::mutex mutex_;
    std::map<std::string, Returned> mounts_;
};

class MountProbe {
public:
    using Ask = std::function<Result<DiskSpace>(const std::string&)>;
    using StartThread = std::function<void(std::function<void()>)>;

    struct Patience {
        std::chrono::milliseconds per_mount{500};
        std::chrono::milliseconds total{2000};
    };

    explicit MountProbe(Patience patience, Ask ask = ask_file_system,
                        std::shared_ptr<StuckMounts> stuck = std::make_shared<StuckMounts>(),
                        StartThread start = start_thread)
        : patience_(patience),
          ask_(std::move(ask)),
          stuck_(std::move(stuck)),
          start_(std::move(start)) {}

    // One answer per mount point.
    std::map<std::string, Result<DiskSpace>> ask_all(const std::vector<std::string>& mount_points);

private:
    Patience patience_;
    Ask ask_;
    std::shared_ptr<StuckMounts> stuck_;
    StartThread start_;
};

} // namespace opsmon::collect
