#include "base/socket_watch.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <linux/tcp.h> // the C library's tcp_info has no bytes received
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

namespace opsmon {
namespace {

constexpr std::chrono::milliseconds kLookInterval{10};

std::uint64_t received_bytes(int fd) {
    tcp_info info{};
    socklen_t length = sizeof info;
    return ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 ? info.tcpi_bytes_received
                                                                        : 0;
}

} // namespace

class SocketWatcher {
public:
    // Never destroyed: requests of abandoned threads may outlive main().
    static SocketWatcher& instance() {
        static auto* const watcher = new SocketWatcher;
        return *watcher;
    }

    void add(SocketWatch& watch) { // under the lock
        start_if_needed();
        watches_.push_back(&watch);
        wake_.notify_one();
    }

    void remove(SocketWatch& watch) { // under the lock
        watches_.erase(std::remove(watches_.begin(), watches_.end(), &watch), watches_.end());
    }

    std::mutex mutex;

private:
    SocketWatcher() = default;

    // Where no thread is to be had, a request has only the limits of its steps, until a later one
    // succeeds here.
    void start_if_needed() {
        if (running_) {
            return;
        }
        try {
            std::thread thread([this] { run(); });
            ::pthread_setname_np(thread.native_handle(), "socket-watch");
            thread.detach();
            running_ = true;
        } catch (const std::system_error&) {
            running_ = false;
        }
    }

    void run() {
        std::unique_lock lock(mutex);
        for (;;) {
            wake_.wait(lock, [this] { return !watches_.empty(); });
            const SteadyTime now = steady_now();
            for (SocketWatch* watch : watches_) {
                watch->look(now);
            }
            lock.unlock();
            std::this_thread::sleep_for(kLookInterval);
            lock.lock();
        }
    }

    bool running_ = false;
    std::condition_variable wake_;
    std::vector<SocketWatch*> watches_;
};

void SocketWatch::begin(SteadyTime deadline, std::uint64_t received_bytes_max) {
    auto& watcher = SocketWatcher::instance();
    const std::lock_guard lock(watcher.mutex);
    deadline_ = deadline;
    received_bytes_max_ = received_bytes_max;
    verdict_ = Verdict::Goes;
    watcher.add(*this);
}

// A second descriptor of the socket: unlike the first, its number cannot be closed and reused by
// the library while it is being shut down here.
void SocketWatch::hold(int fd) {
    const std::lock_guard lock(SocketWatcher::instance().mutex);
    close_held();
    held_ = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

void SocketWatch::shut_down() {
    const std::lock_guard lock(SocketWatcher::instance().mutex);
    if (held_ >= 0) {
        ::shutdown(held_, SHUT_RDWR);
    }
}

SocketWatch::Verdict SocketWatch::end() {
    auto& watcher = SocketWatcher::instance();
    const std::lock_guard lock(watcher.mutex);
    watcher.remove(*this);
    close_held();
    return verdict_;
}

void SocketWatch::look(SteadyTime now) {
    if (verdict_ == Verdict::Goes && now >= deadline_) {
        verdict_ = Verdict::TooLate;
    }
    if (verdict_ == Verdict::Goes && held_ >= 0 && received_bytes(held_) > received_bytes_max_) {
        verdict_ = Verdict::TooMuch;
    }
    // At each look: the library may go on to the next address of the host with a new socket.
    if (verdict_ != Verdict::Goes && held_ >= 0) {
        ::shutdown(held_, SHUT_RDWR);
    }
}

void SocketWatch::close_held() {
    if (held_ >= 0) {
        ::close(held_);
        held_ = -1;
    }
}

} // namespace opsmon
