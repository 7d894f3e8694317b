#pragma once
// This component holds which groups one receiver's channel still has to be told of, and when it
// may be tried: names of groups, never messages, so that what is told at last is the state by then.
// The dispatcher fills and empties it. Pure: time is an argument, of a clock that never jumps.

#include "base/clock.hpp"
#include "notify/dedup.hpp"
#include "notify/settings.hpp"
#include "notify/slack_response.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace opsmon::notify {

struct ChannelConfig {
    std::string receiver;
    std::string key; // team/slack/0: its place in the settings
    std::variant<SlackConfig, WebhookConfig, AlertmanagerConfig> config;

    [[nodiscard]] bool send_resolved() const {
        return std::visit([](const auto& own) { return own.send_resolved; }, config);
    }
    // slack/0
    [[nodiscard]] std::string integration() const { return key.substr(receiver.size() + 1); }
    [[nodiscard]] bool same_place(const ChannelConfig& other) const;
};

// Of every receiver, in their order.
[[nodiscard]] std::vector<ChannelConfig> channels_of(const std::vector<Receiver>& receivers);

struct OutboxStats {
    std::uint64_t sent = 0;
    std::uint64_t failed = 0;  // refused
    std::uint64_t retries = 0; // attempts that failed and are made again
    std::uint64_t dropped = 0; // no room
    std::size_t waiting = 0;
};

class Outbox {
public:
    void add(const std::string& group);
    void remove(const std::string& group) {
        waiting_.erase(group);
        refused_.erase(group);
        failing_.erase(group);
    }
    // Also one that was refused: what was not heard is still to be told, at the next add().
    [[nodiscard]] bool holds(const std::string& group) const {
        return in_flight_ == group || waiting_.contains(group) || refused_.contains(group);
    }
    // The last message of it was, and none was heard since.
    [[nodiscard]] bool refused(const std::string& group) const { return refused_.contains(group); }
    [[nodiscard]] bool in_flight() const { return in_flight_.has_value(); }

    // The group to tell of now; nothing where none waits, one is in flight, or the channel rests
    // after a failure. It stays until remove() or completed(). One that failed comes last, and
    // rests for itself as well: it may be the only one that this receiver cannot take.
    [[nodiscard]] std::optional<std::string> next(TimestampMs now, bool regardless_of_rest) const;
    void begin(const std::string& group);
    void completed(const Verdict& verdict, TimestampMs now);

    // The moment at which next() can have something; nothing where nothing can come of itself.
    [[nodiscard]] std::optional<TimestampMs> next_at(TimestampMs now) const;

    // Since when no attempt at all has succeeded, or none for this group.
    [[nodiscard]] std::optional<TimestampMs> failing_since(const std::string& group) const;
    // Why the last one failed or was refused.
    [[nodiscard]] const std::string& last_failure() const { return last_failure_; }
    // What waits and has been failing for so long, once for each time it fails.
    [[nodiscard]] std::vector<std::string> take_given_up(TimestampMs now, TimestampMs after_ms);

    void drop_one() { ++stats_.dropped; }
    // Nothing more comes of next().
    void close() { closed_ = true; }
    // After a reload: it may be tried at once, and so is what was refused.
    void end_rest();
    [[nodiscard]] OutboxStats stats() const;

private:
    struct Failing {
        TimestampMs since = 0;
        int in_a_row = 0;
        TimestampMs rests_until = 0;
        bool handed_over = false;
    };
    [[nodiscard]] TimestampMs rests_until(const std::string& group) const;

    std::map<std::string, std::uint64_t> waiting_; // first come, first served
    std::map<std::string, Failing> failing_;       // groups whose last attempt failed
    std::set<std::string> refused_;
    std::optional<std::string> in_flight_;
    std::uint64_t order_ = 0;
    TimestampMs rests_until_ = 0;
    int failures_in_a_row_ = 0;
    std::optional<TimestampMs> failing_since_;
    std::string last_failure_;
    bool handed_over_ = false;
    bool closed_ = false;
    OutboxStats stats_;
};

} // namespace opsmon::notify
