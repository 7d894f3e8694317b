#pragma once
// This component says which alerts are inhibited: another one fires that makes them no news. The
// dispatcher shows it all that fires and asks for single alerts. An alert never inhibits itself.
// Pure.

#include "notify/fingerprint.hpp"
#include "notify/settings.hpp"

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace opsmon::notify {

class Inhibitor {
public:
    explicit Inhibitor(std::vector<InhibitRule> rules);

    void clear();
    void add_firing(const metrics::Labels& labels);
    // One that makes it no news; nothing where there is none.
    [[nodiscard]] std::optional<Fingerprint> inhibited_by(const metrics::Labels& labels) const;
    [[nodiscard]] bool has_rules() const { return !rules_.empty(); }

private:
    struct Sources {
        std::optional<Fingerprint> one_sided; // some source that is no target of the same rule
        std::optional<Fingerprint> two_sided;
    };
    struct Indexed {
        InhibitRule rule;
        std::unordered_map<std::string, Sources> sources; // by the values of `equal`
    };
    std::vector<Indexed> rules_;
};

} // namespace opsmon::notify
