#include "collect/shown_names.hpp"

#include <algorithm>

namespace opsmon::collect {

void ShownNames::choose(std::vector<Scored> candidates, SteadyTime now) {
    take_scores(candidates, now);
    std::sort(candidates.begin(), candidates.end(),
              [](const Scored& a, const Scored& b) { return a.score > b.score; });
    for (const Scored& candidate : candidates) {
        if (contains(candidate.name) || candidate.score <= 0) {
            continue;
        }
        auto leaving = shown_.end();
        if (shown_.size() >= count_) {
            leaving = weakest(now);
            if (leaving == shown_.end() ||
                candidate.score <= limits_.newcomer_factor * leaving->second.score) {
                break; // the others have smaller scores still
            }
        }
        if (!may_enter(candidate.name)) {
            ++suppressed_total_;
            continue;
        }
        if (leaving != shown_.end()) {
            shown_.erase(leaving);
        }
        enter(candidate, now);
    }
}

void ShownNames::take_scores(const std::vector<Scored>& candidates, SteadyTime now) {
    for (auto& [name, shown] : shown_) {
        shown.score = 0;
    }
    for (const Scored& candidate : candidates) {
        const auto found = shown_.find(candidate.name);
        if (found != shown_.end() && candidate.score > 0) {
            found->second.score = candidate.score;
            found->second.scored_at = now;
        }
    }
    std::erase_if(shown_, [&](const auto& item) {
        return now - item.second.scored_at > limits_.forgotten_after;
    });
    std::erase_if(entered_,
                  [&](const auto& item) { return now - item.second > std::chrono::hours(1); });
}

// Of those that have been shown long enough.
ShownNames::ShownMap::iterator ShownNames::weakest(SteadyTime now) {
    auto out = shown_.end();
    for (auto at = shown_.begin(); at != shown_.end(); ++at) {
        const bool may_leave = now - at->second.since >= limits_.shown_at_least;
        if (may_leave && (out == shown_.end() || at->second.score < out->second.score)) {
            out = at;
        }
    }
    return out;
}

bool ShownNames::may_enter(const std::string& name) const {
    return entered_.contains(name) || entered_.size() < limits_.new_names_per_hour;
}

void ShownNames::enter(const Scored& candidate, SteadyTime now) {
    shown_.emplace(candidate.name, Shown{now, now, candidate.score});
    entered_.insert_or_assign(candidate.name, now);
}

std::vector<std::string> ShownNames::names() const {
    std::vector<std::string> out;
    for (const auto& [name, shown] : shown_) {
        out.push_back(name);
    }
    return out;
}

} // namespace opsmon::collect
