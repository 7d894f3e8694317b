#pragma once
// `WordRing<N>` keeps the newest records that fit into N words of shared memory, whatever the size
// of each: the last hour of samples. One process appends, any number read, and as in
// core/published.hpp nobody takes a lock or waits: a reader that was overtaken goes on at the
// oldest record that is still whole.
//
// A record is at least one word, and its first word is its number of words. Positions grow for
// ever; a place in the ring is the position modulo N. Before the writer overwrites anything it
// moves `begin_` past it, so a reader that has seen any overwritten word also sees, after its
// acquire fence, that `begin_` has moved.

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace opsmon::core {

template <std::size_t N>
class WordRing {
    static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

public:
    static constexpr int kReadAttemptsMax = 1000;

    // Shared memory is not constructed: the one process that creates it calls this first.
    void initialize() {
        begin_.store(0, std::memory_order_relaxed);
        end_.store(0, std::memory_order_release);
    }

    // Appends a record of words[0] words; false for one that could never fit.
    bool append(const std::uint64_t* words) {
        const std::uint64_t size = words[0];
        if (size == 0 || size > N) {
            return false;
        }
        const std::uint64_t end = end_.load(std::memory_order_relaxed);
        make_room(end, size);
        for (std::uint64_t i = 0; i < size; ++i) {
            place(end + i).store(words[i], std::memory_order_relaxed);
        }
        end_.store(end + size, std::memory_order_release);
        return true;
    }

    // Copies the record at `cursor`, or the oldest when that is gone, and moves the cursor behind
    // it. Start with 0. Zero when there is none left (or the writer overtook every attempt), else
    // the record's number of words. A record larger than `capacity` is passed over.
    std::size_t read(std::uint64_t& cursor, std::uint64_t* target, std::size_t capacity) const {
        for (int attempt = 0; attempt < kReadAttemptsMax; ++attempt) {
            const std::uint64_t begin = begin_.load(std::memory_order_acquire);
            const std::uint64_t end = end_.load(std::memory_order_acquire);
            const std::uint64_t from = cursor < begin || cursor > end ? begin : cursor;
            if (from >= end) {
                return 0;
            }
            const std::uint64_t size = place(from).load(std::memory_order_relaxed);
            const bool plausible = size > 0 && size <= end - from && size <= N;
            const bool fits = plausible && size <= capacity;
            for (std::uint64_t i = 0; fits && i < size; ++i) {
                target[i] = place(from + i).load(std::memory_order_relaxed);
            }
            std::atomic_thread_fence(std::memory_order_acquire);
            if (!plausible || begin_.load(std::memory_order_relaxed) > from) {
                continue; // overtaken
            }
            cursor = from + size;
            if (fits) {
                return size;
            }
        }
        return 0;
    }

    // Behind the newest record: what a cursor is that has read everything.
    [[nodiscard]] std::uint64_t end() const { return end_.load(std::memory_order_acquire); }

private:
    void make_room(std::uint64_t end, std::uint64_t size) {
        std::uint64_t begin = begin_.load(std::memory_order_relaxed);
        while (end + size - begin > N) {
            begin += place(begin).load(std::memory_order_relaxed);
        }
        begin_.store(begin, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_release);
    }

    std::atomic<std::uint64_t>& place(std::uint64_t position) { return words_[position % N]; }
    const std::atomic<std::uint64_t>& place(std::uint64_t position) const {
        return words_[position % N];
    }

    std::atomic<std::uint64_t> begin_; // of the oldest record
    std::atomic<std::uint64_t> end_;   // behind the newest
    std::atomic<std::uint64_t> words_[N];
};

} // namespace opsmon::core
