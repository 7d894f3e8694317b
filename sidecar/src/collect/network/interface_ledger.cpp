#include "collect/network/interface_ledger.hpp"

#include <algorithm>
#include <cmath>

namespace opsmon::collect {
namespace {

constexpr double k32Bits = 4294967296.0;
constexpr std::chrono::milliseconds kShortestCycle{50}; // over less, a rate is noise

enum class Fall { None, Dip, Wrap, Restart };

// Bytes and packets of one direction; a wrap takes one of them, a restart both.
std::size_t partner_of(std::size_t counter) {
    return counter ^ 1U;
}

Fall fall_of(std::size_t counter, const std::array<std::uint64_t, kCounters>& before,
             const std::array<std::uint64_t, kCounters>& after) {
    const std::uint64_t was = before[counter];
    const std::uint64_t is = after[counter];
    if (is >= was) {
        return Fall::None;
    }
    if (is >= was / 2 + was % 2) {
        return Fall::Dip; // drivers that add up per-queue numbers step back now and then
    }
    const std::size_t partner = partner_of(counter);
    const bool narrow = static_cast<double>(was) < k32Bits && was >= (1ULL << 31);
    return narrow && after[partner] >= before[partner] && after[partner] > 0 ? Fall::Wrap
                                                                             : Fall::Restart;
}

} // namespace

// Whether a counter began anew.
bool InterfaceLedger::carry(Entry& entry, const InterfaceReading& reading) {
    const auto& now = reading.counters.counters;
    const bool other_device = entry.index && reading.index && *entry.index != *reading.index;
    bool restarted = other_device;
    for (std::size_t i = 0; i < kCounters; ++i) {
        const Fall fall = other_device ? Fall::Restart : fall_of(i, entry.raw, now);
        if (fall == Fall::Restart) {
            entry.offset[i] = entry.shown[i];
        } else if (fall == Fall::Wrap) {
            entry.offset[i] += k32Bits;
        }
        restarted = restarted || fall == Fall::Restart || fall == Fall::Wrap;
        entry.shown[i] = std::max(entry.shown[i], entry.offset[i] + static_cast<double>(now[i]));
    }
    entry.raw = now;
    entry.index = reading.index;
    return restarted;
}

InterfaceTotals InterfaceLedger::totals_of(const std::string& interface, const Entry& entry) {
    return {interface, entry.shown, std::nullopt};
}

std::vector<InterfaceTotals> InterfaceLedger::add(const std::vector<InterfaceReading>& readings,
                                                  SteadyTime now) {
    std::vector<InterfaceTotals> out;
    if (last_look_ && now <= *last_look_) {
        return out; // a look that hung and came late knows less than we do
    }
    for (const InterfaceReading& reading : readings) {
        if (out.size() == kMaxShown) {
            break;
        }
        const std::string& name = reading.counters.interface;
        const auto [found, is_new] = entries_.try_emplace(name);
        Entry& entry = found->second;
        const auto before = entry.shown;
        if (!is_new && entry.seen == now) {
            continue; // the same name twice in one look
        }
        const bool was_there = !is_new && last_look_ && entry.seen == *last_look_;
        if (carry(entry, reading) && !is_new) {
            ++restarts_;
        }
        InterfaceTotals totals = totals_of(name, entry);
        const std::chrono::duration<double> passed = now - entry.seen;
        if (was_there && passed >= kShortestCycle) {
            totals.per_second.emplace();
            for (std::size_t i = 0; i < kCounters; ++i) {
                (*totals.per_second)[i] = (entry.shown[i] - before[i]) / passed.count();
            }
        }
        entry.seen = now;
        out.push_back(std::move(totals));
    }
    last_look_ = now;
    forget(now);
    return out;
}

void InterfaceLedger::forget(SteadyTime now) {
    std::erase_if(entries_,
                  [&](const auto& item) { return now - item.second.seen > kRemembersVanished; });
    while (entries_.size() > kMaxRemembered) {
        entries_.erase(
            std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
                return a.second.seen < b.second.seen;
            }));
    }
}

} // namespace opsmon::collect
