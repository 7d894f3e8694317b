#pragma once
// This component provides `InterfaceLedger`: counters of interfaces that never go down, although
// the kernel's do: an interface is deleted and made anew, its driver is reset, 32 bits wrap. It
// remembers how far each one was, also for an hour after it vanished. The network collector asks
// it; it reads no file and no clock.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "collect/network/net_dev.hpp"

namespace opsmon::collect {

struct InterfaceReading {
    InterfaceCounters counters;
    std::optional<std::uint64_t> index; // the kernel's number of the device: another one, another
                                        // device under the same name
};

// What to show of one interface. No rate when it was not there in the look before.
struct InterfaceTotals {
    std::string interface;
    std::array<double, kCounters> totals{};
    std::optional<std::array<double, kCounters>> per_second;

    [[nodiscard]] double operator[](Counter counter) const {
        return totals[static_cast<std::size_t>(counter)];
    }
    [[nodiscard]] std::optional<double> rate(Counter counter) const {
        return per_second ? std::optional((*per_second)[static_cast<std::size_t>(counter)])
                          : std::nullopt;
    }
};

class InterfaceLedger {
public:
    static constexpr std::size_t kMaxShown = 100;
    static constexpr std::size_t kMaxRemembered = 400;
    static constexpr std::chrono::hours kRemembersVanished{1};

    // The totals of all readings, in their order. There are at most kMaxShown of them.
    std::vector<InterfaceTotals> add(const std::vector<InterfaceReading>& readings, SteadyTime now);

    [[nodiscard]] bool knows(const std::string& interface) const {
        return entries_.contains(interface);
    }
    [[nodiscard]] std::uint64_t restarts() const { return restarts_; }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        std::optional<std::uint64_t> index;
        std::array<std::uint64_t, kCounters> raw{};
        std::array<double, kCounters> offset{}; // what raw began at, as shown
        std::array<double, kCounters> shown{};
        SteadyTime seen;
    };

    static InterfaceTotals totals_of(const std::string& interface, const Entry& entry);
    bool carry(Entry& entry, const InterfaceReading& reading);
    void forget(SteadyTime now);

    std::map<std::string, Entry> entries_;
    std::optional<SteadyTime> last_look_;
    std::uint64_t restarts_ = 0;
};

} // namespace opsmon::collect
