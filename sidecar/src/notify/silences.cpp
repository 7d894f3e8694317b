#include "notify/silences.hpp"

#include <algorithm>
#include <utility>

namespace opsmon::notify {
namespace {

// As Alertmanager sees it: one that says what must not be says something.
bool matches_nothing_in_particular(const promql::Matcher& matcher) {
    const bool negative = matcher.kind() == promql::MatchKind::NotEqual ||
                          matcher.kind() == promql::MatchKind::NotRegex;
    return !negative && matcher.matches("");
}

Result<void> check(const Silence& silence, TimestampMs now) {
    if (silence.matchers.empty()) {
        return Error{"a silence needs at least one matcher"};
    }
    if (silence.matchers.size() > kMaxSilenceMatchers) {
        return Error{"a silence has at most " + std::to_string(kMaxSilenceMatchers) + " matchers"};
    }
    if (std::all_of(silence.matchers.begin(), silence.matchers.end(),
                    matches_nothing_in_particular)) {
        return Error{"at least one matcher must not match the empty value, else every alert would "
                     "be silenced"};
    }
    for (const auto& matcher : silence.matchers) {
        if (!is_label_name(matcher.name())) {
            return Error{"\"" + matcher.name() + "\" is not the name of a label"};
        }
    }
    if (silence.created_by.empty() || silence.created_by.size() > kMaxSilenceTextBytes ||
        silence.comment.size() > kMaxSilenceTextBytes) {
        return Error{"a silence says who created it, and who and why in at most " +
                     std::to_string(kMaxSilenceTextBytes) + " bytes each"};
    }
    if (silence.ends_at <= silence.starts_at) {
        return Error{"a silence ends after its start"};
    }
    if (silence.ends_at < now) {
        return Error{"a silence cannot end in the past"};
    }
    return {};
}

// What has muted already, or will, must not come to mean something else under the same id.
bool may_change(const Silence& before, const Silence& after, TimestampMs now) {
    if (to_string(before.matchers) != to_string(after.matchers)) {
        return false;
    }
    switch (before.state(now)) {
    case Silence::State::Active:
        return after.starts_at == before.starts_at;
    case Silence::State::Pending:
        return after.starts_at >= now;
    case Silence::State::Expired:
        return false;
    }
    return false;
}

} // namespace

Result<std::string> Silences::create(Silence silence, std::string new_id, TimestampMs now) {
    if (auto checked = check(silence, now); !checked) {
        return checked.error();
    }
    silence.updated_at = now;
    if (!silence.id.empty()) {
        const auto known = by_id_.find(silence.id);
        if (known == by_id_.end()) {
            return Error{"there is no silence " + silence.id};
        }
        if (may_change(known->second, silence, now)) {
            changed_.insert(silence.id);
            known->second = std::move(silence);
            return known->first;
        }
    }
    if (by_id_.size() >= kMaxSilences) {
        forget_old(now + kSilenceKept_ms); // the expired ones at once
    }
    if (by_id_.size() >= kMaxSilences) {
        return Error{"there are " + std::to_string(kMaxSilences) +
                     " silences already; expire some of them"};
    }
    if (!silence.id.empty() && by_id_.contains(silence.id)) {
        (void)expire(silence.id, now); // it may have expired already
    }
    silence.id = new_id;
    silence.starts_at = std::max(silence.starts_at, now); // the past is over
    by_id_[new_id] = std::move(silence);
    changed_.insert(new_id);
    return new_id;
}

Result<void> Silences::expire(const std::string& id, TimestampMs now) {
    const auto known = by_id_.find(id);
    if (known == by_id_.end()) {
        return Error{"there is no silence " + id};
    }
    auto& silence = known->second;
    if (silence.state(now) == Silence::State::Expired) {
        return Error{"the silence " + id + " has expired already"};
    }
    silence.starts_at = std::min(silence.starts_at, now);
    silence.ends_at = now;
    silence.updated_at = now;
    changed_.insert(id);
    return {};
}

std::vector<Silence> Silences::list() const {
    std::vector<Silence> out;
    for (const auto& [id, silence] : by_id_) {
        out.push_back(silence);
    }
    return out;
}

std::optional<Silence> Silences::find(const std::string& id) const {
    const auto known = by_id_.find(id);
    return known == by_id_.end() ? std::nullopt : std::optional(known->second);
}

bool Silences::mutes(const metrics::Labels& labels, TimestampMs now) const {
    return std::any_of(by_id_.begin(), by_id_.end(), [&](const auto& entry) {
        return entry.second.state(now) == Silence::State::Active &&
               matches(entry.second.matchers, labels);
    });
}

std::vector<std::string> Silences::muting(const metrics::Labels& labels, TimestampMs now) const {
    std::vector<std::string> out;
    for (const auto& [id, silence] : by_id_) {
        if (silence.state(now) == Silence::State::Active && matches(silence.matchers, labels)) {
            out.push_back(id);
        }
    }
    return out;
}

void Silences::restore(Silence silence) {
    const auto known = by_id_.find(silence.id);
    if (known != by_id_.end() ? known->second.updated_at > silence.updated_at
                              : by_id_.size() >= kMaxSilences) {
        return;
    }
    auto id = silence.id;
    by_id_.insert_or_assign(std::move(id), std::move(silence));
}

void Silences::take_over(const Silences& changed, const std::set<std::string>& ids) {
    for (const auto& id : ids) {
        if (auto silence = changed.find(id)) {
            by_id_.insert_or_assign(id, std::move(*silence));
        } else {
            by_id_.erase(id);
        }
    }
}

void Silences::forget_old(TimestampMs now) {
    for (auto at = by_id_.begin(); at != by_id_.end();) {
        if (now - at->second.ends_at < kSilenceKept_ms) {
            ++at;
            continue;
        }
        changed_.insert(at->first);
        at = by_id_.erase(at);
    }
}

std::set<std::string> Silences::take_changed() {
    return std::exchange(changed_, {});
}

} // namespace opsmon::notify
