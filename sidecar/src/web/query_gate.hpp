#pragma once
// This component provides `QueryGate`: how many queries run at the same time, and how many may wait
// for that and how long. The web server passes every query through it, so that queries, however
// many and however large, take neither its memory nor the threads that answer scrapes.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace opsmon::web {

class QueryGate {
public:
    struct Limits {
        std::size_t running_max = 2;
        std::size_t waiting_max = 16;
        std::chrono::milliseconds patience{5000};
    };
    enum class Verdict { Entered, Crowded, WaitedTooLong };

    explicit QueryGate(Limits limits) : limits_(limits) {}

    // Who has entered calls leave().
    [[nodiscard]] Verdict enter();
    void leave();

private:
    const Limits limits_;
    std::mutex mutex_;
    std::condition_variable left_;
    std::size_t running_ = 0;
    std::size_t waiting_ = 0;
};

} // namespace opsmon::web
