// Of the dispatcher: what receivers were told, as long as that matters, and what of it all is kept
// in the store.

#include "notify/dispatcher.hpp"
#include "notify/state_text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace opsmon::notify {
namespace {

// That wait for the store. Beyond it, the store knows less than it should.
constexpr std::size_t kMaxChanges = 150'000;
constexpr TimestampMs kForgetEvery_ms = 60'000;
constexpr TimestampMs kLeastPatience_ms = 60'000; // with a resolve_timeout that makes no sense here

std::string store_key(const std::string& key) {
    Fingerprint out = 14695981039346656037ULL;
    for (const char c : key) {
        out = (out ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
    return to_hex(out);
}

std::string channel_of(const std::string& told_key) {
    return told_key.substr(0, told_key.find('\n'));
}

} // namespace

std::vector<store::Change> silence_changes(const Silences& silences,
                                           const std::set<std::string>& ids) {
    std::vector<store::Change> out;
    for (const auto& id : ids) {
        const auto silence = silences.find(id);
        out.push_back(
            {{kSilenceKind, id}, silence ? std::optional(silence_text(*silence)) : std::nullopt});
    }
    return out;
}

TimestampMs Dispatcher::patience_ms() const {
    return std::max(settings_.resolve_timeout_ms, kLeastPatience_ms);
}

void Dispatcher::store_told(const std::string& key, TimestampMs wall) {
    told_wall_[key] = wall;
    const auto& told = told_[key];
    changes_[{kToldKind, store_key(key)}] =
        told_text({key, wall, told.firing, told.muted, told.post});
}

Dispatcher::ToldMap::iterator Dispatcher::erase_told(ToldMap::iterator told) {
    changes_[{kToldKind, store_key(told->first)}] = std::nullopt;
    told_wall_.erase(told->first);
    return told_.erase(told);
}

void Dispatcher::forget_told(ToldMap::iterator told,
                             const std::function<bool(Fingerprint)>& is_gone) {
    auto& [key, known] = *told;
    const auto forgotten =
        std::erase_if(known.firing, is_gone) + std::erase_if(known.muted, is_gone);
    if (known.firing.empty() && known.muted.empty()) {
        erase_told(told);
    } else if (forgotten > 0) {
        store_told(key, told_wall_[key]);
    }
}

void Dispatcher::forget_told_of(const std::string& channel_key) {
    const auto prefix = channel_key + "\n";
    for (auto at = told_.lower_bound(prefix); at != told_.end() && at->first.starts_with(prefix);) {
        at = erase_told(at);
    }
}

// A channel that a reload brought. One that was there before under the same name and has another
// place was told nothing; one that was taken away meanwhile knows what it was told.
void Dispatcher::take_up(const ChannelConfig& config,
                         const std::vector<std::shared_ptr<Channel>>& before) {
    const auto lived = std::find_if(before.begin(), before.end(), [&](const auto& channel) {
        return channel->config.key == config.key;
    });
    const auto retired = retired_.find(config.key);
    const bool moved =
        lived != before.end() || (retired != retired_.end() && !retired->second.same_place(config));
    if (retired != retired_.end()) {
        forget_gone();
        retired_.erase(retired);
    }
    if (moved) {
        forget_told_of(config.key);
    }
}

void Dispatcher::retire(const ChannelConfig& config) {
    const bool replaced = std::any_of(channels_.begin(), channels_.end(), [&](const auto& channel) {
        return channel->config.key == config.key;
    });
    const auto prefix = config.key + "\n";
    const auto told = told_.lower_bound(prefix);
    if (!replaced && told != told_.end() && told->first.starts_with(prefix)) {
        retired_.insert_or_assign(config.key, config);
    }
}

// To a channel that is not there any more no end is told: if it comes back and such an alert fires
// again, that is news.
void Dispatcher::forget_gone() {
    const auto is_gone = [this](Fingerprint name) { return groups_.alert(name) == nullptr; };
    std::set<std::string> live;
    for (const auto& channel : channels_) {
        if (!retired_.contains(channel->config.key)) {
            live.insert(channel->config.key);
        }
    }
    for (auto at = told_.begin(); at != told_.end();) {
        const auto told = at++;
        if (!live.contains(channel_of(told->first))) {
            forget_told(told, is_gone);
        }
    }
}

void Dispatcher::forget_old(Moment now) {
    if (now.run - forgot_at_ < kForgetEvery_ms) {
        return;
    }
    forgot_at_ = now.run;
    silences_.forget_old(now.wall);
    for (auto at = told_.begin(); at != told_.end();) {
        const auto group = at->first.substr(at->first.find('\n') + 1);
        const bool kept = now.run - at->second.at < kToldKept_ms || groups_.find(group) != nullptr;
        at = kept ? std::next(at) : erase_told(at);
    }
    if (!awaits_since_) {
        forget_gone();
    }
    std::erase_if(retired_, [this](const auto& entry) {
        const auto prefix = entry.first + "\n";
        const auto told = told_.lower_bound(prefix);
        return told == told_.end() || !told->first.starts_with(prefix);
    });
}

void Dispatcher::remember_meanwhile(const std::string& key, const Job& job) {
    if (!awaits_since_ || told_meanwhile_count_ >= kMaxChanges) {
        return;
    }
    auto& names = told_meanwhile_[key];
    const auto before = names.size();
    names.insert(job.firing.begin(), job.firing.end());
    for (const auto& alert : job.message.resolved) {
        names.insert(fingerprint(alert->labels));
    }
    told_meanwhile_count_ += names.size() - before;
}

void Dispatcher::restore(const std::string& kind, const std::vector<store::Entry>& entries,
                         Moment now) {
    if (kind == kAlertKind) {
        restore_alerts(entries, now);
        return;
    }
    for (const auto& [key, value] : entries) {
        if (kind == kToldKind) {
            restore_told(value, now);
        } else if (auto silence = parse_silence_text(value)) {
            silences_.restore(std::move(*silence));
        }
    }
}

void Dispatcher::restore_told(const std::string& text, Moment now) {
    auto kept = parse_told_text(text);
    if (!kept) {
        return;
    }
    // A clock that was set meanwhile must neither mute nor repeat for long.
    const auto age = std::clamp<TimestampMs>(now.wall - kept->at_wall, 0, kToldKept_ms);
    const auto known = told_meanwhile_.find(kept->key);
    if (known == told_meanwhile_.end()) {
        told_[kept->key] = {now.run - age, std::move(kept->firing), std::move(kept->muted),
                            std::move(kept->post)};
        told_wall_[kept->key] = kept->at_wall;
        return;
    }
    // It was told something since: only of what that did not speak of the older word counts.
    const auto spoken_of = [&](Fingerprint name) { return known->second.contains(name); };
    std::erase_if(kept->firing, spoken_of);
    std::erase_if(kept->muted, spoken_of);
    if (kept->firing.empty() && kept->muted.empty()) {
        return;
    }
    auto& told = told_[kept->key];
    if (told.firing.empty() && told.muted.empty()) {
        told.at = now.run - age;
    }
    if (!told.post) {
        told.post = std::move(kept->post);
    }
    for (const auto& [from, to] :
         {std::pair(&kept->firing, &told.firing), std::pair(&kept->muted, &told.muted)}) {
        to->insert(to->end(), from->begin(), from->end());
        std::sort(to->begin(), to->end());
    }
    const auto wall = told_wall_.find(kept->key);
    store_told(kept->key, wall == told_wall_.end() ? kept->at_wall : wall->second);
}

// One that nobody has offered for too long since the start is over. One that came and went since is
// back only where somebody is owed its end.
void Dispatcher::restore_alerts(const std::vector<store::Entry>& entries, Moment now) {
    std::set<Fingerprint> told;
    for (const auto& [key, known] : told_) {
        told.insert(known.firing.begin(), known.firing.end());
        told.insert(known.muted.begin(), known.muted.end());
    }
    const TimestampMs seen = awaits_since_.value_or(now.run);
    for (const auto& entry : entries) {
        auto alert = parse_alert_text(entry.value);
        const auto name = alert ? fingerprint(alert->labels) : Fingerprint();
        if (!alert || (groups_.has_changed(name) && !told.contains(name))) {
            continue;
        }
        if (alert->firing() && now.run - seen >= patience_ms()) {
            alert->state = rules::AlertState::Inactive;
            alert->resolved_at = now.wall;
        }
        groups_.restore(std::move(*alert), seen, now);
    }
    awaits_since_.reset();
    told_meanwhile_.clear();
    told_meanwhile_count_ = 0;
    for (auto at = told_.begin(); at != told_.end();) {
        const auto one = at++;
        forget_told(one, [this](Fingerprint name) { return groups_.alert(name) == nullptr; });
    }
}

bool Dispatcher::has_changes() const {
    return !changes_.empty() || groups_.has_changed() || silences_.has_changed();
}

std::vector<store::Change> Dispatcher::take_changes() {
    for (const auto name : groups_.take_changed()) {
        const auto alert = groups_.alert(name);
        changes_[{kAlertKind, to_hex(name)}] =
            alert == nullptr ? std::nullopt : std::optional(alert_text(*alert));
    }
    for (auto& [key, value] : silence_changes(silences_, silences_.take_changed())) {
        changes_[key] = std::move(value);
    }
    std::vector<store::Change> out;
    for (auto& [key, value] : std::exchange(changes_, {})) {
        out.push_back({key, std::move(value)});
    }
    return out;
}

void Dispatcher::put_back(std::vector<store::Change> changes) {
    for (auto& [key, value] : changes) {
        if (changes_.size() < kMaxChanges) {
            changes_.try_emplace(key, std::move(value)); // unless a newer one has come
        }
    }
}

} // namespace opsmon::notify
