#include "notify/dispatcher.hpp"

#include "notify/state_text.hpp"

#include <algorithm>
#include <utility>

namespace opsmon::notify {
namespace {

// That wait for the store. Beyond it, the store knows less than it should.
constexpr std::size_t kMaxChanges = 150'000;
constexpr TimestampMs kForgetEvery_ms = 60'000;
constexpr TimestampMs kLeastPatience_ms = 60'000; // with a resolve_timeout that makes no sense here

std::vector<std::shared_ptr<Channel>> make_channels(const Settings& settings) {
    std::vector<std::shared_ptr<Channel>> out;
    for (auto& config : channels_of(settings.receivers)) {
        out.push_back(std::make_shared<Channel>(Channel{std::move(config), {}}));
    }
    return out;
}

std::string store_key(const std::string& key) {
    Fingerprint out = 14695981039346656037ULL;
    for (const char c : key) {
        out = (out ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
    return to_hex(out);
}

} // namespace

Dispatcher::Dispatcher(Settings settings)
    : settings_(std::move(settings)),
      groups_(settings_.route),
      inhibitor_(settings_.inhibit_rules),
      channels_(make_channels(settings_)) {}

void Dispatcher::replace(Settings settings, Moment now) {
    settings_ = std::move(settings);
    groups_.replace_routes(settings_.route, now);
    inhibitor_ = Inhibitor(settings_.inhibit_rules);
    inhibitor_version_.reset();
    auto old = std::exchange(channels_, make_channels(settings_));
    for (auto& channel : channels_) {
        const auto same = std::find_if(old.begin(), old.end(), [&](const auto& one) {
            return one->config.same_place(channel->config);
        });
        if (same == old.end()) {
            // Another place under the same name was told nothing yet.
            const auto prefix = channel->config.key + "\n";
            for (auto at = told_.lower_bound(prefix);
                 at != told_.end() && at->first.starts_with(prefix);) {
                changes_[{kToldKind, store_key(at->first)}] = std::nullopt;
                told_wall_.erase(at->first);
                at = told_.erase(at);
            }
            continue;
        }
        (*same)->config = channel->config;
        (*same)->outbox.end_rest();
        channel = *same; // a request under way completes on it
        old.erase(same);
    }
    for (auto& [key, told] : told_) {
        if (!told.arrived && told.post) { // told anew, in the message there is
            told.arrived = true;
            told.firing.clear();
        }
    }
    std::erase_if(told_, [](const auto& entry) { return !entry.second.arrived; });
}

void Dispatcher::offer(std::vector<rules::Alert> alerts, Moment now) {
    for (auto& alert : alerts) {
        if (!groups_.offer(std::move(alert), now)) {
            for (const auto* options : groups_.options_for(alert.labels)) {
                count_dropped(options->receiver);
            }
        }
    }
    groups_.end_silent(std::max(settings_.resolve_timeout_ms, kLeastPatience_ms), now);
    forget_old(now);
    flush_due(now);
    hand_over(now.run);
}

void Dispatcher::count_dropped(const std::string& receiver) {
    for (const auto& channel : channels_) {
        if (channel->config.receiver == receiver) {
            channel->outbox.drop_one();
        }
    }
}

void Dispatcher::flush_due(Moment now) {
    while (const auto group = groups_.take_due(now.run)) {
        flush(*group, now);
    }
}

void Dispatcher::flush_all(Moment now) {
    for (const auto& name : groups_.names()) {
        flush(name, now);
    }
}

void Dispatcher::flush(const std::string& name, Moment now) {
    const auto* group = groups_.find(name);
    const auto& options = groups_.options_of(*group);
    const auto all = select(*group, now);
    const auto look = [&](Channel& channel) {
        const auto selection = selection_for(channel, name, options, all, now.run);
        if (reason(channel, name, options, selection, now.run) == SendReason::Nothing) {
            channel.outbox.remove(name);
            forget_over(channel, name);
        } else {
            channel.outbox.add(name);
        }
    };
    for (const auto& channel : channels_) {
        if (channel->config.receiver == options.receiver) {
            look(*channel);
        }
    }
    for (const auto& channel : channels_) { // which depends on what waits for the others
        if (is_fallback(*channel, options)) {
            look(*channel);
        }
    }
    groups_.mark_seen(name);
    clean(name);
}

// Only once no channel has to be told of the group any more.
void Dispatcher::clean(const std::string& group) {
    const bool wanted = std::any_of(channels_.begin(), channels_.end(), [&](const auto& channel) {
        return channel->outbox.holds(group);
    });
    if (!wanted) {
        groups_.drop_seen(group);
    }
}

Dispatcher::Selection Dispatcher::select(const AlertGroup& group, Moment now) {
    Selection out;
    if (!in_time(groups_.options_of(group), now.wall)) {
        return out;
    }
    refresh_inhibitor();
    for (const auto& [name, seen] : group.members) {
        auto alert = groups_.alert(name);
        if (inhibitor_.inhibited_by(alert->labels) || silences_.mutes(alert->labels, now.wall)) {
            continue;
        }
        (alert->firing() ? out.firing_names : out.over_names).push_back(name);
        (alert->firing() ? out.firing : out.over).push_back(std::move(alert));
    }
    return out;
}

bool Dispatcher::in_time(const RouteOptions& options, TimestampMs wall) const {
    const auto any = [&](const std::vector<std::string>& names) {
        return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
            const auto found = settings_.time_intervals.find(name);
            return found != settings_.time_intervals.end() &&
                   any_contains(found->second, wall / 1000);
        });
    };
    const auto& active = options.active_time_intervals;
    return (active.empty() || any(active)) && !any(options.mute_time_intervals);
}

// An end that is not told: if it fires again, that is news.
void Dispatcher::forget_over(const Channel& channel, const std::string& group) {
    const auto key = told_key(channel, group);
    const auto told = told_.find(key);
    if (told == told_.end()) {
        return;
    }
    const auto forgotten = std::erase_if(told->second.firing, [&](Fingerprint name) {
        const auto alert = groups_.alert(name);
        return alert == nullptr || !alert->firing();
    });
    if (told->second.firing.empty()) {
        told_.erase(told);
        told_wall_.erase(key);
        changes_[{kToldKind, store_key(key)}] = std::nullopt;
    } else if (forgotten > 0) {
        store_told(key, told_wall_[key]);
    }
}

std::optional<Job> Dispatcher::next(Moment now, bool regardless_of_rest) {
    flush_due(now);
    for (const auto& channel : channels_) {
        while (const auto group = channel->outbox.next(now.run, regardless_of_rest)) {
            if (auto job = job_for(channel, *group, now)) {
                channel->outbox.begin(*group);
                return job;
            }
            channel->outbox.remove(*group);
            clean(*group);
        }
    }
    return std::nullopt;
}

void Dispatcher::completed(const Job& job, const Verdict& verdict, Moment now) {
    auto& channel = *job.channel;
    channel.outbox.completed(verdict, now.run);
    if (verdict.kind != Verdict::Kind::Retry) {
        const auto key = told_key(channel, job.group);
        const bool delivered = verdict.kind == Verdict::Kind::Delivered;
        if (job.firing.empty()) {
            told_.erase(key);
            told_wall_.erase(key);
            changes_[{kToldKind, store_key(key)}] = std::nullopt;
        } else {
            told_[key] = {now.run, delivered, job.firing,
                          delivered ? verdict.post : std::move(told_[key].post)};
            if (delivered) {
                store_told(key, now.wall);
            }
        }
    }
    hand_over(job.group, now.run);
    clean(job.group);
}

void Dispatcher::store_told(const std::string& key, TimestampMs wall) {
    told_wall_[key] = wall;
    changes_[{kToldKind, store_key(key)}] =
        told_text({key, wall, told_[key].firing, told_[key].post});
}

std::optional<TimestampMs> Dispatcher::next_at(TimestampMs run_now) const {
    auto out = groups_.next_flush();
    for (const auto& channel : channels_) {
        if (const auto at = channel->outbox.next_at(run_now)) {
            out = out ? std::min(*out, *at) : *at;
        }
    }
    return out;
}

void Dispatcher::refresh_inhibitor() {
    if (!inhibitor_.has_rules() || inhibitor_version_ == groups_.version()) {
        return;
    }
    inhibitor_.clear();
    for (const auto& alert : groups_.all()) {
        if (alert->firing()) {
            inhibitor_.add_firing(alert->labels);
        }
    }
    inhibitor_version_ = groups_.version();
}

std::vector<std::string> Dispatcher::receivers_of(const metrics::Labels& labels) const {
    std::vector<std::string> out;
    for (const auto* options : groups_.options_for(labels)) {
        out.push_back(options->receiver);
    }
    return out;
}

MuteState Dispatcher::mute_state(const rules::Alert& alert, Moment now) {
    refresh_inhibitor();
    MuteState out;
    if (const auto by = inhibitor_.inhibited_by(alert.labels)) {
        out.inhibited_by.push_back(to_hex(*by));
    }
    out.silenced_by = silences_.muting(alert.labels, now.wall);
    const auto routes = groups_.options_for(alert.labels);
    out.out_of_time = std::none_of(routes.begin(), routes.end(), [&](const auto* options) {
        return in_time(*options, now.wall);
    });
    return out;
}

void Dispatcher::forget_old(Moment now) {
    if (now.run - forgot_at_ < kForgetEvery_ms) {
        return;
    }
    forgot_at_ = now.run;
    silences_.forget_old(now.wall);
    for (auto at = told_.begin(); at != told_.end();) {
        const auto group = at->first.substr(at->first.find('\n') + 1);
        if (now.run - at->second.at < kToldKept_ms || groups_.find(group) != nullptr) {
            ++at;
            continue;
        }
        changes_[{kToldKind, store_key(at->first)}] = std::nullopt;
        told_wall_.erase(at->first);
        at = told_.erase(at);
    }
}

void Dispatcher::restore(const std::string& kind, const std::vector<store::Entry>& entries,
                         Moment now) {
    for (const auto& [key, value] : entries) {
        if (kind == kSilenceKind) {
            if (auto silence = parse_silence_text(value)) {
                silences_.restore(std::move(*silence));
            }
        } else if (kind == kAlertKind) {
            if (auto alert = parse_alert_text(value)) {
                groups_.restore(std::move(*alert), now);
            }
        } else if (auto told = parse_told_text(value)) {
            // A clock that was set meanwhile must neither mute nor repeat for long.
            const auto age = std::clamp<TimestampMs>(now.wall - told->at_wall, 0, kToldKept_ms);
            told_[told->key] = {now.run - age, true, std::move(told->firing),
                                std::move(told->post)};
            told_wall_[told->key] = told->at_wall;
        }
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
    for (const auto& id : silences_.take_changed()) {
        const auto silence = silences_.find(id);
        changes_[{kSilenceKind, id}] =
            silence ? std::optional(silence_text(*silence)) : std::nullopt;
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
