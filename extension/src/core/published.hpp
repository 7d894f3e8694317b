#pragma once
// `Published<T>` lets one process show a value to any number of others without a lock: the writer
// fills the copy nobody is told to read and then turns the page. Used in shared memory between the
// workers and the SQL functions. The writer never waits for anything, so a reader that is stopped
// in the middle cannot hold up the guard; a reader never waits either, it reads again, a bounded
// number of times, when the writer overtook it.
//
// One writer at a time. Copies go word by word through relaxed atomics, which is what makes reading
// a page that is being overwritten defined behaviour (and visible to thread sanitizers); the page
// counter then says whether what was read is to be believed.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace opsmon::core {

template <typename T>
class Published {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
    static_assert(sizeof(T) % sizeof(std::uint64_t) == 0, "pad the type to whole words");
    static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

public:
    static constexpr int kReadAttemptsMax = 1000;

    // Shared memory is not constructed: the one process that creates it calls this first.
    void initialize() { page_.store(0, std::memory_order_release); }

    // Shows the first `used_bytes` of `value`; what lies behind them keeps an older content that a
    // reader must not look at (arrays stand last in T and carry their own count).
    void publish(const T& value, std::size_t used_bytes = sizeof(T)) {
        const std::uint64_t next = page_.load(std::memory_order_relaxed) + 1;
        Copy& copy = copies_[next % 2];
        // An overtaken reader must see at least the announcement before any overwritten word.
        copy.written_for.store(next, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_release);
        const std::size_t words = words_of(used_bytes);
        copy.used_words.store(words, std::memory_order_relaxed);
        const auto* source = reinterpret_cast<const unsigned char*>(&value);
        for (std::size_t i = 0; i < words; ++i) {
            std::uint64_t word;
            std::memcpy(&word, source + i * sizeof word, sizeof word);
            copy.words[i].store(word, std::memory_order_relaxed);
        }
        page_.store(next, std::memory_order_release);
    }

    // False when nothing was published yet, or when the writer overtook every attempt.
    [[nodiscard]] bool read(T& value) const {
        for (int attempt = 0; attempt < kReadAttemptsMax; ++attempt) {
            const std::uint64_t page = page_.load(std::memory_order_acquire);
            if (page == 0) {
                return false;
            }
            const Copy& copy = copies_[page % 2];
            const std::size_t words = bounded(copy.used_words.load(std::memory_order_relaxed));
            auto* target = reinterpret_cast<unsigned char*>(&value);
            for (std::size_t i = 0; i < words; ++i) {
                const std::uint64_t word = copy.words[i].load(std::memory_order_relaxed);
                std::memcpy(target + i * sizeof word, &word, sizeof word);
            }
            std::atomic_thread_fence(std::memory_order_acquire);
            if (copy.written_for.load(std::memory_order_relaxed) == page) {
                return true;
            }
        }
        return false;
    }

private:
    static constexpr std::size_t kWords = sizeof(T) / sizeof(std::uint64_t);

    struct Copy {
        std::atomic<std::uint64_t> written_for; // the page this copy was last begun for
        std::atomic<std::size_t> used_words;
        std::atomic<std::uint64_t> words[kWords];
    };

    static constexpr std::size_t bounded(std::size_t words) {
        return words < kWords ? words : kWords;
    }
    static constexpr std::size_t words_of(std::size_t bytes) {
        return bounded((bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t));
    }

    std::atomic<std::uint64_t> page_;
    Copy copies_[2];
};

} // namespace opsmon::core
