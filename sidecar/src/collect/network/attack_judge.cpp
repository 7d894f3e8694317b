#include "collect/network/attack_judge.hpp"

#include <algorithm>
#include <chrono>

#include "collect/network/attack_signals.hpp"

namespace opsmon::collect {
namespace {

constexpr double kStaysAt = 0.7;     // of the threshold, while an attack is suspected
constexpr double kLongestCycle = 15; // no single reading counts for more suspicion
constexpr double kFallsFaster = 2;

double seconds_since(std::optional<SteadyTime> before, SteadyTime now) {
    return before ? std::max(0.0, std::chrono::duration<double>(now - *before).count()) : 0;
}

void raise(Suspicion& suspicion, const Evidence& evidence, const CycleTime& now) {
    suspicion.suspected = true;
    suspicion.since =
        now.wall - static_cast<TimestampMs>(suspicion.seconds_over * 1000); // when it began
    suspicion.detail = evidence.detail;
}

void follow(Suspicion& suspicion, const Evidence& evidence, bool over, double passed,
            const CycleTime& now, std::chrono::milliseconds hold) {
    if (over) {
        suspicion.last_over = now.steady;
        suspicion.seconds_over += passed;
        if (!suspicion.suspected && suspicion.seconds_over >= kSecondsToSuspect) {
            raise(suspicion, evidence, now);
        }
        suspicion.seconds_over = std::min(suspicion.seconds_over, kSecondsToSuspect);
        return;
    }
    if (evidence.value) {
        suspicion.seconds_over = std::max(0.0, suspicion.seconds_over - kFallsFaster * passed);
    }
    if (suspicion.suspected && now.steady - suspicion.last_over >= hold) {
        suspicion.suspected = false;
        suspicion.seconds_over = 0;
        suspicion.detail.clear();
    }
}

// What is over the threshold and not suspected yet is not learned, nor what is left of an attack.
void learn(Suspicion& suspicion, const Evidence& evidence, bool over, double passed,
           TimestampMs wall) {
    if (!evidence.value || over != suspicion.suspected) {
        return;
    }
    suspicion.peaks.observe(*evidence.value, passed, wall,
                            suspicion.suspected ? std::optional(day_number(suspicion.since))
                                                : std::nullopt);
}

std::optional<Verdict> judge_one(Suspicion& suspicion, AttackReason reason,
                                 const AttackFacts& facts, const CycleTime& now,
                                 const config::Attack& settings) {
    const std::optional<double> peak = suspicion.peaks.peak();
    const Evidence evidence = weigh(reason, facts, peak, settings);
    const double passed = seconds_since(suspicion.last_judged, now.steady);
    suspicion.last_judged = now.steady;
    const double share = suspicion.suspected ? kStaysAt : 1;
    const bool over = evidence.value && evidence.threshold && evidence.fits &&
                      *evidence.value >= share * *evidence.threshold;
    follow(suspicion, evidence, over, std::min(kLongestCycle, passed), now, settings.hold);
    learn(suspicion, evidence, over, passed, now.wall);
    if (!evidence.value && !suspicion.suspected) {
        return std::nullopt;
    }
    Verdict out;
    out.reason = reason;
    out.suspected = suspicion.suspected;
    out.value = evidence.value;
    out.threshold = evidence.threshold;
    out.baseline = peak;
    out.detail = suspicion.detail;
    if (suspicion.suspected) {
        out.since = suspicion.since;
    }
    return out;
}

} // namespace

Verdicts judge(AttackState& state, const AttackFacts& facts, const CycleTime& now,
               const config::Attack& settings) {
    Verdicts out;
    for (std::size_t i = 0; i < kAttackReasons; ++i) {
        out[i] = judge_one(state.of[i], static_cast<AttackReason>(i), facts, now, settings);
    }
    return out;
}

} // namespace opsmon::collect
