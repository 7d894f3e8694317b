#pragma once
// This component says which alerts are inhibited: another one fires that makes them no news. The
// dispatcher shows it all that fires and asks for single alerts. An alert never inhibits itself.
// Pure.

#include "notify/settings.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace opsmon::notify {

class Inhibitor {
public:
    explicit Inhibitor(std::vector<InhibitRule> rules);

    void clear();
    void add_firing(const metrics::Labels& labels);
    [[nodiscard]] bool inhibits(const metrics::Labels& labels) const;
    [[nodiscard]] bool has_rules() const { return !rules_.empty(); }

private:
    struct Sources {
        bool one_sided = false; // some source that is no target of the same rule
        bool two_sided = false;
    };
    struct Indexed {
        InhibitRule rule;
        std::unordered_map<std::string, Sources> sources; // by the values of `equal`
    };
    std::vector<Indexed> rules_;
};

} // namespace opsmon::notify
