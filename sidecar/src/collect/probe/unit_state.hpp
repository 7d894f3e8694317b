#pragma once
// This component judges the state of a systemd unit by the properties the manager reports. The
// systemd probe uses it. Pure; a state it does not know is not shown as one.

#include <array>
#include <string>
#include <string_view>

#include "collect/probe/outcome.hpp"

namespace opsmon::collect {

inline constexpr std::array<std::string_view, 8> kUnitStates{
    "active",     "reloading",    "inactive",    "failed",
    "activating", "deactivating", "maintenance", "refreshing"};

struct UnitState {
    std::string load;
    std::string active;
    std::string sub;

    void take(std::string_view property, std::string_view value);
};

// Good is a unit that runs, also while it reloads.
void judge_unit(const UnitState& state, ProbeOutcome& out);

} // namespace opsmon::collect
