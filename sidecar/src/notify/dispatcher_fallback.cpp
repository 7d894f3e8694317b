// The fallback receiver, the third part of the dispatcher, see dispatcher.hpp: it is told of a
// group whose own receiver refused the message, or could not be reached for too long. It stands in
// for others and nobody for it, so nothing chains. Once the other works again, it is told only of
// the end of what it was told.
#include "notify/dispatcher.hpp"

#include <algorithm>
#include <utility>

namespace opsmon::notify {

bool Dispatcher::is_fallback(const Channel& channel, const RouteOptions& options) const {
    return settings_.fallback && channel.config.receiver == settings_.fallback->receiver &&
           channel.config.receiver != options.receiver;
}

// Who was told of something that is not his own is told of its end, too.
bool Dispatcher::wants_resolved(const Channel& channel, const RouteOptions& options) const {
    return channel.config.send_resolved() || is_fallback(channel, options);
}

// A channel that should be told of the group itself and cannot be; null: there is none.
std::shared_ptr<Channel> Dispatcher::failing_for(const std::string& group,
                                                 const RouteOptions& options,
                                                 TimestampMs run_now) const {
    const auto found = std::find_if(channels_.begin(), channels_.end(), [&](const auto& channel) {
        if (channel->config.receiver != options.receiver) {
            return false;
        }
        const auto since = channel->outbox.failing_since(group);
        return channel->outbox.refused(group) || (channel->outbox.holds(group) && since &&
                                                  run_now - *since >= settings_.fallback->after_ms);
    });
    return found == channels_.end() ? nullptr : *found;
}

Dispatcher::Selection Dispatcher::selection_for(const Channel& channel, const std::string& group,
                                                const RouteOptions& options, Selection all,
                                                TimestampMs run_now) const {
    if (!is_fallback(channel, options) || failing_for(group, options, run_now) != nullptr) {
        return all;
    }
    const auto* told = told_of(channel, group);
    const auto known = told == nullptr ? Fingerprints() : every_one(*told);
    Selection out;
    out.muted_names = all.muted_names;
    const auto keep = [&](const auto& alerts, const auto& names, auto& kept, auto& kept_names) {
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (std::binary_search(known.begin(), known.end(), names[i])) {
                kept.push_back(alerts[i]);
                kept_names.push_back(names[i]);
            }
        }
    };
    keep(all.firing, all.firing_names, out.firing, out.firing_names);
    keep(all.over, all.over_names, out.over, out.over_names);
    return out;
}

// Whether a receiver works again is known only by an attempt: there may be nothing left to tell it.
std::string Dispatcher::note_for(const std::string& group, const RouteOptions& options,
                                 TimestampMs run_now) const {
    const auto failing = failing_for(group, options, run_now);
    bool heard = false;
    std::string why = failing == nullptr ? "" : failing->outbox.last_failure();
    for (const auto& channel : channels_) {
        if (channel->config.receiver == options.receiver) {
            why = why.empty() ? channel->outbox.last_failure() : why;
            heard = heard || channel->outbox.stats().sent > 0;
        }
    }
    if (failing == nullptr && why.empty()) {
        return "This came here when receiver " + options.receiver + " failed" +
               (heard ? "; it works again." : ".");
    }
    return "This comes here because receiver " + options.receiver +
           " could not be told: " + (why.empty() ? "it refused the message" : why);
}

// What already waited when the channel was given up; what comes later goes to both at once.
void Dispatcher::hand_over(TimestampMs run_now) {
    if (!settings_.fallback) {
        return;
    }
    for (const auto& channel : channels_) {
        for (const auto& group :
             channel->outbox.take_given_up(run_now, settings_.fallback->after_ms)) {
            hand_over(group, run_now);
        }
    }
}

void Dispatcher::hand_over(const std::string& name, TimestampMs run_now) {
    const auto* group = groups_.find(name);
    if (!settings_.fallback || group == nullptr) {
        return;
    }
    const auto& options = groups_.options_of(*group);
    if (failing_for(name, options, run_now) == nullptr) {
        return;
    }
    for (const auto& channel : channels_) {
        // If there is nothing to tell, it is not told. One that refused it as well is asked again
        // when the group's next turn comes.
        if (is_fallback(*channel, options) && !channel->outbox.refused(name)) {
            channel->outbox.add(name);
        }
    }
}

} // namespace opsmon::notify
