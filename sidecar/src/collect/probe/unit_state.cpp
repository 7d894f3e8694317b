#include "collect/probe/unit_state.hpp"

#include <algorithm>

namespace opsmon::collect {

void UnitState::take(std::string_view property, std::string_view value) {
    static constexpr std::size_t kMaxBytes = 64;
    std::string* const slot = property == "LoadState"     ? &load
                              : property == "ActiveState" ? &active
                              : property == "SubState"    ? &sub
                                                          : nullptr;
    if (slot != nullptr) {
        *slot = printable(value, kMaxBytes);
    }
}

void judge_unit(const UnitState& state, ProbeOutcome& out) {
    if (std::find(kUnitStates.begin(), kUnitStates.end(), state.active) == kUnitStates.end()) {
        out.fail(Reason::Protocol, "the bus reports no state of the unit that is known");
        return;
    }
    if (state.load == "not-found") {
        out.fail(Reason::UnitMissing, "systemd knows no such unit");
        return;
    }
    out.unit_state = state.active;
    const std::string all = state.active + " (" + state.sub + "), " + state.load;
    if (state.active == "active" || state.active == "reloading" || state.active == "refreshing") {
        out.step("the unit is " + all);
    } else {
        out.fail(Reason::UnitInactive, "the unit is " + all);
    }
}

} // namespace opsmon::collect
