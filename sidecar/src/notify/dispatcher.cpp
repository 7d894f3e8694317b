#include "notify/dispatcher.hpp"

#include <algorithm>
#include <utility>

namespace opsmon::notify {
namespace {

std::vector<std::shared_ptr<Channel>> make_channels(const Settings& settings) {
    std::vector<std::shared_ptr<Channel>> out;
    for (auto& config : channels_of(settings.receivers)) {
        out.push_back(std::make_shared<Channel>(Channel{std::move(config), {}}));
    }
    return out;
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
            take_up(channel->config, old);
            continue;
        }
        if ((*same)->config.key != channel->config.key) {
            forget_told_of(channel->config.key); // another one was
        }
        (*same)->config = channel->config;
        (*same)->outbox.end_rest();
        channel = *same; // a request under way completes on it
        old.erase(same);
    }
    for (const auto& gone : old) {
        retire(gone->config);
    }
}

void Dispatcher::offer(std::vector<rules::Alert> alerts, Moment now) {
    for (auto& alert : alerts) {
        if (!groups_.offer(std::move(alert), now)) {
            for (const auto* options : groups_.options_for(alert.labels)) {
                count_dropped(options->receiver);
            }
        }
    }
    groups_.end_silent(patience_ms(), now);
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
    groups_.mark_seen(name);
    const auto look = [&](Channel& channel) {
        const auto selection = selection_for(channel, name, options, all, now.run);
        const auto owed = owed_ends(channel, name, options, selection);
        groups_.mark_unseen(name, owed);
        if (reason(channel, name, options, selection, now.run) == SendReason::Nothing) {
            channel.outbox.remove(name);
            forget_over(channel, name, owed);
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
    const bool its_time = in_time(groups_.options_of(group), now.wall);
    refresh_inhibitor();
    for (const auto& [name, seen] : group.members) {
        auto alert = groups_.alert(name);
        if (!its_time || inhibitor_.inhibited_by(alert->labels) ||
            silences_.mutes(alert->labels, now.wall)) {
            out.muted_names.push_back(name);
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
void Dispatcher::forget_over(const Channel& channel, const std::string& group,
                             const Fingerprints& owed) {
    const auto key = told_key(channel, group);
    const auto told = told_.find(key);
    if (told == told_.end()) {
        return;
    }
    forget_told(told, [&](Fingerprint name) {
        const auto alert = groups_.alert(name);
        return (alert == nullptr || !alert->firing()) &&
               !std::binary_search(owed.begin(), owed.end(), name);
    });
}

// A slow one waits while enough of its kind are being told.
bool Dispatcher::makes_room(const Channel& channel) const {
    return channel.is_slow &&
           std::count_if(channels_.begin(), channels_.end(), [](const auto& one) {
               return one->is_slow && one->outbox.in_flight();
           }) >= static_cast<std::ptrdiff_t>(kSlowAtOnce);
}

std::optional<Job> Dispatcher::next(Moment now, bool regardless_of_rest) {
    flush_due(now);
    for (std::size_t i = 0; i < channels_.size(); ++i) {
        const auto place = (first_asked_ + i) % channels_.size();
        const auto& channel = channels_[place];
        if (!regardless_of_rest && makes_room(*channel)) {
            continue;
        }
        while (const auto group = channel->outbox.next(now.run, regardless_of_rest)) {
            if (auto job = job_for(channel, *group, now)) {
                channel->outbox.begin(*group);
                channel->asked_at = now.run;
                first_asked_ = place + 1;
                return job;
            }
            channel->outbox.remove(*group);
            if (const auto* known = groups_.find(*group)) { // muted since the flush, perhaps
                groups_.mark_unseen(*group, owed_ends(*channel, *group, groups_.options_of(*known),
                                                      select(*known, now)));
            }
            clean(*group);
        }
    }
    return std::nullopt;
}

// A reload gave its place to another one, which was told nothing by this.
bool Dispatcher::is_replaced(const std::shared_ptr<Channel>& channel) const {
    return std::any_of(channels_.begin(), channels_.end(), [&](const auto& one) {
        return one != channel && one->config.key == channel->config.key;
    });
}

void Dispatcher::completed(const Job& job, const Verdict& verdict, Moment now) {
    auto& channel = *job.channel;
    channel.is_slow = now.run - channel.asked_at >= kSlow_ms;
    channel.outbox.completed(verdict, now.run);
    if (verdict.kind == Verdict::Kind::Delivered && !is_replaced(job.channel)) {
        const auto key = told_key(channel, job.group);
        remember_meanwhile(key, job);
        auto& told = told_[key];
        Fingerprints muted;
        if (job.tells_ends) {
            muted = common(every_one(told), job.muted);
        }
        told = {now.run, job.firing, std::move(muted), {}};
        if (told.firing.empty() && told.muted.empty()) {
            erase_told(told_.find(key));
        } else {
            told.post = verdict.post;
            // Also what ended while it was under way: that was looked at, when nobody had been
            // told.
            groups_.mark_unseen(job.group, every_one(told));
            store_told(key, now.wall);
        }
    }
    hand_over(job.group, now.run);
    clean(job.group);
}

std::optional<TimestampMs> Dispatcher::next_at(TimestampMs run_now) const {
    auto out = groups_.next_flush();
    for (const auto& channel : channels_) {
        const auto at = channel->outbox.next_at(run_now);
        if (at && !makes_room(*channel)) {
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

std::vector<std::string> Dispatcher::receiver_names() const {
    std::vector<std::string> out;
    for (const auto& receiver : settings_.receivers) {
        out.push_back(receiver.name);
    }
    return out;
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

} // namespace opsmon::notify
