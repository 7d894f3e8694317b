#include "serve.hpp"

#include <httplib.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <thread>

#include <pthread.h>
#include <sys/socket.h>

namespace opsmon::demo {

namespace {

constexpr std::size_t kBodyBytesMax = 1024 * 1024;
constexpr std::size_t kThreads = 32;
constexpr time_t kReadTimeoutSeconds = 5;

sigset_t stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

} // namespace

void StopLatch::stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
}

bool StopLatch::wait_for(std::chrono::milliseconds duration) {
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, duration, [this] { return stopped_; });
}

void StopLatch::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_; });
}

void block_stop_signals() {
    const sigset_t signals = stop_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

int serve(const char* name, httplib::Server& server, const ListenAt& where, StopLatch& latch) {
    const std::string& host = where.address;
    server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    server.set_payload_max_length(kBodyBytesMax);
    server.set_read_timeout(kReadTimeoutSeconds);
    server.set_write_timeout(kReadTimeoutSeconds);
    server.set_keep_alive_timeout(1);
    // The library's own choice is SO_REUSEPORT: a second server would share the port in silence.
    server.set_socket_options([](socket_t socket) {
        const int yes = 1;
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    errno = 0;
    int port = where.port;
    if (where.port == 0) {
        port = server.bind_to_any_port(host);
    }
    if (port < 0 || (where.port != 0 && !server.bind_to_port(host, where.port))) {
        std::fprintf(stderr, "%s: cannot listen on %s:%d: %s; choose another with --port\n", name,
                     host.c_str(), where.port, std::strerror(errno));
        return 1;
    }
    std::printf("%s: listening on http://%s:%d\n", name, host.c_str(), port);
    std::fflush(stdout);

    std::thread listener([&server] { server.listen_after_bind(); });
    // stop() is forgotten when it comes before the loop runs; a signal waits for sigwait.
    while (!server.is_running()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const sigset_t signals = stop_signals();
    int signal_number = 0;
    sigwait(&signals, &signal_number);
    latch.stop();
    server.stop();
    listener.join();
    return 0;
}

} // namespace opsmon::demo
