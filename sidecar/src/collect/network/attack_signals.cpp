#include "collect/network/attack_signals.hpp"

#include <algorithm>

namespace opsmon::collect {
namespace {

// How far above its ordinary daily peak a signal is out of the ordinary. A crowd brings five to ten
// times as many connections from everywhere; from one prefix, four times is enough.
constexpr double kTrafficFactor = 2;
constexpr double kFactor = 4;
constexpr double kCrowdFactor = 20;
// Who is served gets more than he sends; a flood is not answered.
constexpr double kUnansweredFactor = 1.5;
// A handshake and the smallest request are more packets than this.
constexpr double kPacketsPerConnection = 3;
// A handshake with a real client ends within a round trip or two, not in so many seconds.
constexpr double kHandshakeSeconds = 3;
constexpr double kUnansweredSyns = 20; // per second
constexpr double kNoOverflow = 1;      // per second

std::optional<double> above(std::optional<double> peak, double factor, double floor) {
    return peak ? std::optional(std::max(floor, factor * *peak)) : std::nullopt;
}

Evidence traffic(const AttackFacts& facts, std::optional<double> peak,
                 const config::Attack& settings) {
    return {facts.receive_percent, above(peak, kTrafficFactor, settings.link_percent),
            facts.received_per_second > kUnansweredFactor * facts.sent_per_second, facts.interface};
}

// Connections from inside (a batch job that opens one per query) bring no packets from outside.
Evidence connection_rate(const AttackFacts& facts, std::optional<double> peak,
                         const config::Attack& settings) {
    if (!facts.public_packets) {
        return {};
    }
    const bool from_one =
        facts.prefix_share && 100 * *facts.prefix_share >= settings.prefix_share_percent;
    return {facts.passive_opens,
            above(peak, from_one ? kFactor : kCrowdFactor, settings.connections_per_second),
            *facts.public_packets >= kPacketsPerConnection * facts.passive_opens.value_or(0),
            from_one ? facts.prefix : "many prefixes"};
}

// SYNs nobody completes: they wait in the queue, or their cookies never come back. An application
// that does not accept fills the queue as well, but then connections overflow.
Evidence syn_flood(const AttackFacts& facts, const config::Attack& settings) {
    const double opens = facts.passive_opens.value_or(0);
    Evidence waiting;
    if (facts.half_open) {
        const double limit = facts.half_open_limit.value_or(0);
        waiting = {facts.half_open,
                   limit > 0 ? std::min(settings.half_open_connections, limit / 2)
                             : settings.half_open_connections,
                   *facts.half_open >= kHandshakeSeconds * opens &&
                       facts.listen_overflows.value_or(0) < kNoOverflow,
                   "half-open connections"};
    }
    if (!facts.cookies_sent && !facts.queue_full_drops) {
        return waiting;
    }
    const double unanswered =
        std::max(0.0, facts.cookies_sent.value_or(0) - facts.cookies_received.value_or(0)) +
        facts.queue_full_drops.value_or(0);
    const Evidence refused = {unanswered, kUnansweredSyns, unanswered >= opens,
                              "unanswered SYNs per second"};
    const bool stronger =
        !waiting.value ||
        (refused.fits && (!waiting.fits || *refused.value / *refused.threshold >
                                               *waiting.value / *waiting.threshold));
    return stronger ? refused : waiting;
}

} // namespace

Evidence weigh(AttackReason reason, const AttackFacts& facts, std::optional<double> peak,
               const config::Attack& settings) {
    switch (reason) {
    case AttackReason::Traffic:
        return traffic(facts, peak, settings);
    case AttackReason::ConnectionRate:
        return connection_rate(facts, peak, settings);
    case AttackReason::SynFlood:
        return syn_flood(facts, settings);
    case AttackReason::TopPrefix:
        return {facts.prefix_connections, above(peak, kFactor, settings.prefix_connections),
                facts.prefix_share && 100 * *facts.prefix_share >= settings.prefix_share_percent,
                facts.prefix};
    case AttackReason::RequestRate:
        return {facts.request_rate, above(peak, kFactor, settings.requests_per_second), true,
                facts.request_client};
    }
    return {};
}

} // namespace opsmon::collect
