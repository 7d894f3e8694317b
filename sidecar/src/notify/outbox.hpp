#pragma once
// This component holds what one webhook still has to be told: the newest state of each alert, never
// a growing list, and what it was told before. It decides what to send next and when; the notifier
// sends. Pure: time is an argument, and it knows no thread. That time is steady, so a wall clock
// that is set back cannot mute a webhook.

#include "base/clock.hpp"
#include "notify/dedup.hpp"
#include "notify/slack_response.hpp"
#include "rules/alert.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace opsmon::notify {

inline constexpr std::size_t kMaxWaiting = 1000;
inline constexpr std::size_t kMaxTold = 10'000;

struct OutboxStats {
    std::uint64_t sent = 0;
    std::uint64_t failed = 0;  // refused for good
    std::uint64_t retries = 0; // attempts that failed and are made again
    std::uint64_t dropped = 0; // no room
    std::size_t waiting = 0;
};

class Outbox {
public:
    explicit Outbox(DedupPolicy policy) : policy_(policy) {}

    void offer(const std::vector<rules::Alert>& alerts, SteadyTime now);

    // What to send now; nothing where there is nothing or the webhook rests after a failure. The
    // answer must come to completed() before the next call. `regardless_of_rest` is the last
    // attempt when the process ends.
    [[nodiscard]] std::optional<rules::Alert> next(SteadyTime now, bool regardless_of_rest = false);
    void completed(const rules::Alert& alert, const Verdict& verdict, SteadyTime now);

    // The moment at which next() can have something; nothing where nothing waits.
    [[nodiscard]] std::optional<SteadyTime> next_at(SteadyTime now) const;

    // After a reload: new times, and what was refused before may be tried again.
    void adopt(DedupPolicy policy);

    [[nodiscard]] OutboxStats stats() const;

private:
    struct Waiting {
        rules::Alert alert;
        std::uint64_t order = 0; // first come, first served
    };
    struct Record {
        Told told;
        SteadyTime seen_at{}; // last offered; what is not offered any more is forgotten
    };
    using Key = metrics::Labels;

    [[nodiscard]] std::optional<Told> told(const Key& key) const;
    void offer_one(const rules::Alert& alert, SteadyTime now);
    void forget_old(SteadyTime now);

    DedupPolicy policy_;
    std::map<Key, Waiting> waiting_;
    std::map<Key, Record> told_;
    std::set<Key> turned_away_; // counted as dropped already
    std::optional<Key> in_flight_;
    std::uint64_t order_ = 0;
    SteadyTime rests_until_{};
    int failures_in_a_row_ = 0;
    OutboxStats stats_;
};

} // namespace opsmon::notify
