#pragma once
// This component decides whether what the network shows looks like an attack: facts and what is
// ordinary in, a verdict per reason out, with its numbers. The attack collector calls it each
// cycle; docs/attack.md is its description for users. It is pure, and it blocks nobody.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "collect/network/daily_peaks.hpp"
#include "collect/source.hpp"
#include "config/config.hpp"

namespace opsmon::collect {

enum class AttackReason : std::size_t { Traffic, ConnectionRate, SynFlood, TopPrefix, RequestRate };
inline constexpr std::size_t kAttackReasons = 5;
inline constexpr std::array<std::string_view, kAttackReasons> kReasonNames = {
    "traffic", "connection_rate", "syn_flood", "top_prefix", "request_rate"};

// What is not known is empty. Rates are per second over the last cycle.
struct AttackFacts {
    std::optional<double> receive_percent; // of the busiest public link
    double received_per_second = 0;        // bytes, on that link
    double sent_per_second = 0;
    std::string interface;
    std::optional<double> public_packets; // received on all public interfaces
    std::optional<double> passive_opens;
    std::optional<double> cookies_sent;
    std::optional<double> cookies_received;
    std::optional<double> queue_full_drops;
    std::optional<double> listen_overflows;
    std::optional<double> half_open;
    std::optional<double> half_open_limit;
    std::optional<double> prefix_connections; // of the busiest public prefix
    std::optional<double> prefix_share;       // 0 to 1
    std::string prefix;
    std::optional<double> request_rate; // of the busiest client prefix on one endpoint
    std::string request_client;
};

struct Verdict {
    AttackReason reason = AttackReason::Traffic;
    bool suspected = false;
    std::optional<double> value;
    std::optional<double> threshold; // none while the baseline is being learned
    std::optional<double> baseline;
    std::optional<TimestampMs> since;
    std::string detail; // as it was when the suspicion rose
};

// What is remembered of one reason.
struct Suspicion {
    DailyPeaks peaks;
    double seconds_over = 0; // rises while over the threshold, falls twice as fast
    bool suspected = false;
    TimestampMs since = 0;
    SteadyTime last_over;
    std::string detail;
    std::optional<SteadyTime> last_judged;
};

struct AttackState {
    std::array<Suspicion, kAttackReasons> of;
};

// So long must a signal be over its threshold before an attack is suspected.
inline constexpr double kSecondsToSuspect = 30;

// Empty for a reason whose signal cannot be measured, once a suspicion of before has passed.
using Verdicts = std::array<std::optional<Verdict>, kAttackReasons>;
Verdicts judge(AttackState& state, const AttackFacts& facts, const CycleTime& now,
               const config::Attack& settings);

} // namespace opsmon::collect
