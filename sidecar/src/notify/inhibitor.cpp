#include "notify/inhibitor.hpp"

namespace opsmon::notify {
namespace {

std::string values_of(const std::vector<std::string>& names, const metrics::Labels& labels) {
    std::string out;
    for (const auto& name : names) {
        out += labels.get(name);
        out += '\xff'; // in no valid UTF-8
    }
    return out;
}

} // namespace

Inhibitor::Inhibitor(std::vector<InhibitRule> rules) {
    for (auto& rule : rules) {
        rules_.push_back({std::move(rule), {}});
    }
}

void Inhibitor::clear() {
    for (auto& indexed : rules_) {
        indexed.sources.clear();
    }
}

void Inhibitor::add_firing(const metrics::Labels& labels) {
    for (auto& [rule, sources] : rules_) {
        if (matches(rule.source, labels)) {
            auto& here = sources[values_of(rule.equal, labels)];
            (matches(rule.target, labels) ? here.two_sided : here.one_sided) = fingerprint(labels);
        }
    }
}

std::optional<Fingerprint> Inhibitor::inhibited_by(const metrics::Labels& labels) const {
    for (const auto& [rule, sources] : rules_) {
        if (!matches(rule.target, labels)) {
            continue;
        }
        const auto found = sources.find(values_of(rule.equal, labels));
        if (found == sources.end()) {
            continue;
        }
        if (found->second.one_sided) {
            return found->second.one_sided;
        }
        if (found->second.two_sided && !matches(rule.source, labels)) {
            return found->second.two_sided;
        }
    }
    return std::nullopt;
}

} // namespace opsmon::notify
