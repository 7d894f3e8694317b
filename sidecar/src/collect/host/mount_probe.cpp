#include "collect/host/mount_probe.hpp"

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include "base/clock.hpp"

namespace opsmon::collect {
namespace {

// What one helper thread and its caller share; the thread may keep it for ever.
struct Round {
    std::mutex mutex;
    std::condition_variable answered;
    std::vector<std::string> mount_points;
    std::vector<Result<DiskSpace>> answers; // as many as have come
    bool abandoned = false;
    StuckMounts::Returned returned = std::make_shared<std::atomic<bool>>(false);
};

void ask_in_order(const std::shared_ptr<Round>& round, const MountProbe::Ask& ask) {
    for (const std::string& mount_point : round->mount_points) {
        Result<DiskSpace> answer = ask(mount_point);
        const std::lock_guard lock(round->mutex);
        if (round->abandoned) {
            break; // the rest has been given to another thread
        }
        round->answers.push_back(std::move(answer));
        round->answered.notify_all();
    }
    *round->returned = true;
}

// Waits while answers keep coming; false when one took too long, and the round is then abandoned.
bool wait_for_answers(Round& round, std::chrono::milliseconds per_mount, SteadyTime last) {
    std::unique_lock lock(round.mutex);
    while (round.answers.size() < round.mount_points.size()) {
        const std::size_t seen = round.answers.size();
        const SteadyTime until = std::min(steady_now() + per_mount, last);
        if (!round.answered.wait_until(lock, until, [&] { return round.answers.size() > seen; })) {
            round.abandoned = true;
            return false;
        }
    }
    return true;
}

} // namespace

bool is_hidden(const Mount& mount, const DiskSpace& answer) {
    return mount.type != "btrfs" && !answer.device.empty() && answer.device != mount.device;
}

Result<DiskSpace> ask_file_system(const std::string& mount_point) {
    struct statvfs facts {};
    while (::statvfs(mount_point.c_str(), &facts) != 0) {
        if (errno != EINTR) {
            return Error{mount_point + ": " + std::strerror(errno)};
        }
    }
    const auto unit = static_cast<double>(facts.f_frsize);
    DiskSpace out;
    out.size_bytes = unit * static_cast<double>(facts.f_blocks);
    out.free_bytes = unit * static_cast<double>(facts.f_bfree);
    out.available_bytes = unit * static_cast<double>(facts.f_bavail);
    out.inodes = static_cast<double>(facts.f_files);
    out.free_inodes = static_cast<double>(facts.f_favail);
    out.read_only = (facts.f_flag & ST_RDONLY) != 0;
    out.file_system_id = facts.f_fsid;
    struct stat root {};
    if (::stat(mount_point.c_str(), &root) == 0) {
        out.device = std::to_string(major(root.st_dev)) + ':' + std::to_string(minor(root.st_dev));
    }
    return out;
}

void start_thread(std::function<void()> work) {
    std::thread(std::move(work)).detach();
}

void StuckMounts::add(const std::string& mount_point, Returned returned) {
    const std::lock_guard lock(mutex_);
    mounts_.insert_or_assign(mount_point, std::move(returned));
}

bool StuckMounts::contains(const std::string& mount_point) {
    const std::lock_guard lock(mutex_);
    std::erase_if(mounts_, [](const auto& item) { return item.second->load(); });
    return mounts_.contains(mount_point);
}

std::map<std::string, Result<DiskSpace>>
MountProbe::ask_all(const std::vector<std::string>& mount_points) {
    std::map<std::string, Result<DiskSpace>> out;
    std::vector<std::string> open;
    for (const std::string& mount_point : mount_points) {
        if (stuck_->contains(mount_point)) {
            out.emplace(mount_point, Error{mount_point + " still does not answer", true});
        } else {
            open.push_back(mount_point);
        }
    }
    const SteadyTime last = steady_now() + patience_.total;
    while (!open.empty() && steady_now() < last) {
        auto round = std::make_shared<Round>();
        round->mount_points = std::exchange(open, {});
        try {
            start_([round, ask = ask_] { ask_in_order(round, ask); });
        } catch (const std::system_error&) {
            for (const std::string& mount_point : round->mount_points) {
                out.emplace(mount_point, Error{mount_point + " was not asked: the system has no "
                                                             "thread left (see its limits on "
                                                             "tasks, as TasksMax of systemd)",
                                               true});
            }
            break;
        }
        const bool complete = wait_for_answers(*round, patience_.per_mount, last);
        const std::lock_guard lock(round->mutex);
        for (std::size_t i = 0; i < round->answers.size(); ++i) {
            out.emplace(round->mount_points[i], round->answers[i]);
        }
        if (!complete) {
            const std::size_t hanging = round->answers.size();
            const std::string& mount_point = round->mount_points[hanging];
            stuck_->add(mount_point, round->returned);
            out.emplace(mount_point, Error{mount_point + " still does not answer", true});
            open.assign(round->mount_points.begin() + static_cast<std::ptrdiff_t>(hanging) + 1,
                        round->mount_points.end());
        }
    }
    for (const std::string& mount_point : open) {
        out.emplace(mount_point, Error{mount_point + " was not reached in this cycle", true});
    }
    return out;
}

} // namespace opsmon::collect
