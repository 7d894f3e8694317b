#pragma once
// `Mailbox<T, N>` carries small reports from any number of processes to one reader, through shared
// memory and without a lock: the reclaimer, SQL functions and the postmaster post, the guard takes.
// Nobody ever waits: when all N places are taken, posting fails and the caller says so elsewhere.
// A writer that dies in the middle costs one place until the reader takes it back.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace opsmon::core {

template <typename T, std::size_t N>
class Mailbox {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
    static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

public:
    // A place whose writer has not finished after this many calls of take() is taken back.
    static constexpr std::uint32_t kPatienceTakes = 1000;

    // Shared memory is not constructed: the one process that creates it calls this first.
    void initialize() {
        lost_.store(0, std::memory_order_relaxed);
        for (Place& place : places_) {
            place.state.store(kFree, std::memory_order_release);
            place.unfinished_for = 0;
        }
    }

    // False when there is no room; the report is then counted as lost.
    bool post(const T& report) {
        for (Place& place : places_) {
            std::uint32_t state = place.state.load(std::memory_order_relaxed);
            if (phase_of(state) != kFree ||
                !place.state.compare_exchange_strong(state, in_phase(state, kWriting),
                                                     std::memory_order_acquire)) {
                continue;
            }
            place.value = report;
            state = in_phase(state, kWriting);
            // Taken back meanwhile: the place may be another writer's by now, the report is lost.
            if (place.state.compare_exchange_strong(state, in_phase(state, kReady),
                                                    std::memory_order_release)) {
                return true;
            }
            break;
        }
        lost_.fetch_add(1, std::memory_order_relaxed);
        return false;
    }

    // The next report, in no particular order; false when there is none.
    bool take(T& report) {
        for (Place& place : places_) {
            std::uint32_t state = place.state.load(std::memory_order_acquire);
            if (phase_of(state) == kReady) {
                report = place.value;
                place.unfinished_for = 0;
                place.state.store(next_turn(state), std::memory_order_release);
                return true;
            }
            if (phase_of(state) != kWriting) {
                place.unfinished_for = 0;
            } else if (++place.unfinished_for > kPatienceTakes) {
                place.unfinished_for = 0;
                place.state.compare_exchange_strong(state, next_turn(state),
                                                    std::memory_order_acq_rel);
            }
        }
        return false;
    }

    // Of this moment: others post and take meanwhile.
    std::size_t free_places() const {
        std::size_t count = 0;
        for (const Place& place : places_) {
            count += phase_of(place.state.load(std::memory_order_relaxed)) == kFree ? 1 : 0;
        }
        return count;
    }

    std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

private:
    static constexpr std::uint32_t kFree = 0;
    static constexpr std::uint32_t kWriting = 1;
    static constexpr std::uint32_t kReady = 2;
    static constexpr std::uint32_t kPhaseBits = 3;

    static constexpr std::uint32_t phase_of(std::uint32_t state) { return state & kPhaseBits; }
    static constexpr std::uint32_t in_phase(std::uint32_t state, std::uint32_t phase) {
        return (state & ~kPhaseBits) | phase;
    }
    // Free again, under another number: a writer that comes back late finds that it is not its
    // turn.
    static constexpr std::uint32_t next_turn(std::uint32_t state) {
        return in_phase(state, kFree) + kPhaseBits + 1;
    }

    struct Place {
        std::atomic<std::uint32_t> state; // the phase, and how often the place was used
        std::uint32_t unfinished_for;     // of the reader alone
        T value;
    };

    std::atomic<std::uint64_t> lost_;
    Place places_[N];
};

} // namespace opsmon::core
