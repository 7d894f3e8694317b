#include "web/worker_pool.hpp"

#include <utility>

namespace opsmon::web {

WorkerPool::WorkerPool(std::size_t threads, std::size_t queue_length_max)
    : queue_length_max_(queue_length_max) {
    for (std::size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([this] { work(); });
    }
}

void WorkerPool::enqueue(std::function<void()> task) {
    std::unique_lock lock(mutex_);
    room_came_.wait(lock, [this] { return queue_.size() < queue_length_max_ || stopping_; });
    queue_.push_back(std::move(task)); // never dropped: the task owns its socket
    work_came_.notify_one();
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
            work_came_.wait(lock, [this] { return !queue_.empty() || stopping_; });
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
