#pragma once
// This component turns the alerts of a rule into texts that can be kept over a restart, and back.
// The engine names what has changed; whoever has a store keeps it. It touches no file.

#include "base/result.hpp"
#include "rules/active_alerts.hpp"
#include "rules/rule.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace opsmon::rules {

inline constexpr std::size_t kSavedPartBytes = 60 * 1024;
// Beyond this many alerts of a rule their texts are not kept: its next evaluation makes them anew.
inline constexpr std::size_t kSavedWithTexts = 200;

struct SavedRule {
    std::string identity;
    AlertMap alerts; // none: nothing is to be kept
};

// The same for a rule that was loaded again: file, group, kind, name and labels.
[[nodiscard]] std::string identity_of(const Group& group, const Rule& rule);

// In parts of at most kSavedPartBytes; an alert that does not fit into one is left out.
[[nodiscard]] std::vector<std::string> to_parts(const SavedRule& rule);
// An error for what was not written by to_parts().
[[nodiscard]] Result<SavedRule> from_part(std::string_view text);

} // namespace opsmon::rules
