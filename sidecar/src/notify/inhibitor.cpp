#include "notify/inhibitor.hpp"

#include <algorithm>

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
            (matches(rule.target, labels) ? here.two_sided : here.one_sided) = true;
        }
    }
}

bool Inhibitor::inhibits(const metrics::Labels& labels) const {
    return std::any_of(rules_.begin(), rules_.end(), [&](const Indexed& indexed) {
        if (!matches(indexed.rule.target, labels)) {
            return false;
        }
        const auto found = indexed.sources.find(values_of(indexed.rule.equal, labels));
        if (found == indexed.sources.end()) {
            return false;
        }
        const bool is_source_too = matches(indexed.rule.source, labels);
        return found->second.one_sided || (!is_source_too && found->second.two_sided);
    });
}

} // namespace opsmon::notify
