#pragma once
// This component provides `AttackCollector`, the collector `attack`: it brings the facts of the
// other collectors before the judge, shows the verdicts as metrics, and keeps what was learned over
// a restart. The network source calls it after the others. It decides nothing itself.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/network/interfaces.hpp"
#include "collect/network/network_memory.hpp"
#include "collect/network/signals.hpp"
#include "collect/network/tcp.hpp"
#include "store/store.hpp"

namespace opsmon::collect {

// Pure. What other collectors measured counts for `kFresh`, or for two cycles when those are
// longer.
inline constexpr std::chrono::seconds kFresh{45};
SteadyTime oldest_that_counts(std::optional<SteadyTime> cycle_before, SteadyTime now);
AttackFacts gather(const PublicTraffic& traffic, const TcpRates& rates, const Signals& signals,
                   SteadyTime oldest);
std::optional<Reading> fresh(const Signals& signals, Signal signal, SteadyTime oldest);

// One line per day: its number, both peaks, the seconds it was seen.
std::string days_as_text(const std::vector<DailyPeaks::Day>& days);
// Without the lines it cannot read.
std::vector<DailyPeaks::Day> days_from_text(std::string_view text);

class AttackCollector {
public:
    AttackCollector(config::Attack settings, std::shared_ptr<NetworkMemory> memory,
                    std::shared_ptr<store::Store> store)
        : settings_(settings), memory_(std::move(memory)), store_(std::move(store)) {}

    CollectorReport collect(const CycleTime& now, const AttackFacts& facts);

private:
    void restore();
    [[nodiscard]] bool is_restored(std::size_t reason) const;
    std::optional<Error> keep(SteadyTime now);

    config::Attack settings_;
    std::shared_ptr<NetworkMemory> memory_;
    std::shared_ptr<store::Store> store_; // null: nothing is kept
    std::optional<SteadyTime> kept_at_;
};

} // namespace opsmon::collect
