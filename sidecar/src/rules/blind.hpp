#pragma once
// This component provides `Sight`: of which alerts an evaluation can say that they are over, and of
// which it cannot, because what they are about was not looked at. The engine asks what a rule is
// blind to and hands it to the alerts of the rule. Pure.

#include "base/clock.hpp"
#include "history/history.hpp"
#include "metrics/labels.hpp"
#include "metrics/silence.hpp"
#include "promql/expression.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace opsmon::rules {

struct BlindSpot {
    std::string label; // "": the alerts do not show whom they are about
    std::string value;
    bool was_seen = false; // series of this target have been in the expression's reach
};

struct Sight {
    bool blind = false;           // the source is silent as a whole
    std::vector<BlindSpot> spots; // or some of its targets are
    bool unsettled = false;       // the source may not have said everything since the start
    // How long after a silence the expression still looks into it.
    TimestampMs refill_ms = 0;

    [[nodiscard]] bool is_clear() const { return !blind && spots.empty(); }

    // `restored`: what was seen before the restart is not known.
    [[nodiscard]] bool is_blind_to(const metrics::Labels& alert, bool restored) const;
};

// `hides`: whether the rule itself writes this label, so that it no longer tells the target.
Sight look(const promql::Expression& expr, const history::History& history, TimestampMs now,
           const metrics::Silence& silence, const std::function<bool(std::string_view)>& hides);

// While what a recording rule reads still has the hole that a silence has left, what it writes is
// as unknown as it was: the sight of then, without an end for whoever reads it.
Sight after_silence(const Sight& before);

// What a recording rule with this sight has not written may be missing for the same reason.
void add_silence(metrics::Silence& silence, const Sight& sight, const std::string& recorded);

} // namespace opsmon::rules
