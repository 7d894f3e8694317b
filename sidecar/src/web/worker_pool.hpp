#pragma once
// This component provides the threads that answer HTTP requests, with a bounded queue in front of
// them: when it is full the server stops accepting, and new connections wait in the kernel. A
// thread is started when all that exist are busy, up to the limit. The web server uses it in place
// of the library's own pool, whose queue has no end.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/http_library.hpp"

namespace opsmon::web {

class WorkerPool : public httplib::TaskQueue {
public:
    WorkerPool(std::size_t threads_max, std::size_t queue_length_max);
    Enqueued enqueue(std::function<void()> task) override;
    void shutdown() override;

private:
    void start_thread_if_needed();
    void work();

    std::mutex mutex_;
    std::condition_variable work_came_;
    std::condition_variable room_came_;
    std::deque<std::function<void()>> queue_;
    std::size_t threads_max_;
    std::size_t queue_length_max_;
    std::size_t idle_ = 0; // threads that wait for work
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace opsmon::web
