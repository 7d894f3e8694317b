#pragma once
// This component provides what both stand-ins share: a listening HTTP server with limits, which
// lives until SIGTERM or SIGINT, and a latch that lets hanging handlers end with it. Only the demo
// and tests use it. It never listens on anything but loopback.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>

namespace httplib {
class Server;
}

namespace opsmon::demo {

// Waits that the end of the program cuts short.
class StopLatch {
public:
    void stop();
    // False when it was stopped before the time was over.
    bool wait_for(std::chrono::milliseconds duration);
    void wait();

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopped_ = false;
};

// To be called before any thread is started: the signals that end the program are from then on only
// taken by `serve`.
void block_stop_signals();

// Where a program listens; port 0: any that is free.
struct ListenAt {
    std::string address = "127.0.0.1";
    int port = 0;
};

// Listens there, prints "NAME: listening on http://…", and returns the exit code once a signal has
// come.
int serve(const char* name, httplib::Server& server, const ListenAt& where, StopLatch& latch);

} // namespace opsmon::demo
