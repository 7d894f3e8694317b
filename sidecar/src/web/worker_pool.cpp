#include "web/worker_pool.hpp"

#include <system_error>
#include <utility>

namespace opsmon::web {

WorkerPool::WorkerPool(std::size_t threads_max, std::size_t queue_length_max)
    : threads_max_(threads_max), queue_length_max_(queue_length_max) {}

Enqueued WorkerPool::enqueue(std::function<void()> task) {
    std::unique_lock lock(mutex_);
    room_came_.wait(lock, [this] { return queue_.size() < queue_length_max_ || stopping_; });
    queue_.push_back(std::move(task)); // never dropped: the task owns its socket
    start_thread_if_needed();
    work_came_.notify_one();
    return Enqueued(true);
}

void WorkerPool::start_thread_if_needed() { // under the lock
    if (idle_ >= queue_.size() || threads_.size() >= threads_max_) {
        return;
    }
    try {
        threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
        // No thread to be had: the next one that is free takes the task. The caller, who accepts
        // connections, tries again with each of them.
    }
}

void WorkerPool::shutdown() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    work_came_.notify_all();
    room_came_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void WorkerPool::work() {
    for (;;) {
        std::function<void()> task;
        {
            std::unique_lock lock(mutex_);
            ++idle_;
            work_came_.wait(lock, [this] { return !queue_.empty() || stopping_; });
            --idle_;
            if (queue_.empty()) {
                return;
            }
            task = std::move(queue_.front());
            queue_.pop_front();
        }
        room_came_.notify_one();
        task();
    }
}

} // namespace opsmon::web
