// What of a group is told to a channel and why: the second part of the dispatcher, see
// dispatcher.hpp.
#include "notify/dispatcher.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace opsmon::notify {
const Told* Dispatcher::told_of(const Channel& channel, const std::string& group) const {
    const auto found = told_.find(told_key(channel, group));
    return found == told_.end() ? nullptr : &found->second;
}

SendReason Dispatcher::reason(const Channel& channel, const std::string& group,
                              const RouteOptions& options, const Selection& selection,
                              TimestampMs run_now) const {
    const Told* told = told_of(channel, group);
    const auto ended =
        told == nullptr ? Fingerprints() : common(every_one(*told), selection.over_names);
    const bool silent =
        is_fallback(channel, options) && failing_for(group, options, run_now) == nullptr;
    const auto repeat_ms =
        silent ? std::numeric_limits<TimestampMs>::max() : options.repeat_interval_ms;
    const auto* known = groups_.find(group);
    return reason_to_send(told, selection.firing_names, ended,
                          {wants_resolved(channel, options), repeat_ms, options.group_interval_ms,
                           known == nullptr ? 0 : known->flushed_at},
                          run_now);
}

// The receiver was told that these fire; they are over, and muted: it is told once they are not.
Fingerprints Dispatcher::owed_ends(const Channel& channel, const std::string& group,
                                   const RouteOptions& options, const Selection& selection) const {
    const Told* told = told_of(channel, group);
    if (told == nullptr || !wants_resolved(channel, options)) {
        return {};
    }
    auto out = common(every_one(*told), selection.muted_names);
    std::erase_if(out, [&](Fingerprint name) { return groups_.alert(name)->firing(); });
    return out;
}

std::optional<Job> Dispatcher::job_for(const std::shared_ptr<Channel>& channel,
                                       const std::string& name, Moment now) {
    const auto* group = groups_.find(name);
    if (group == nullptr) {
        return std::nullopt;
    }
    const auto& options = groups_.options_of(*group);
    const bool own = options.receiver == channel->config.receiver;
    if (!own && !is_fallback(*channel, options)) {
        return std::nullopt;
    }
    auto selection = selection_for(*channel, name, options, select(*group, now), now.run);
    const auto why = reason(*channel, name, options, selection, now.run);
    if (why == SendReason::Nothing) {
        return std::nullopt;
    }
    Job out{channel, channel->config, name, {}, selection.firing_names, why};
    out.message.receiver = channel->config.receiver;
    out.message.note = own ? "" : note_for(name, options, now.run);
    out.message.external_url = settings_.external_url;
    out.message.group_key = group->key;
    out.message.group_labels = group->labels;
    const auto* told = told_of(*channel, name);
    out.tells_ends = wants_resolved(*channel, options);
    out.muted = std::move(selection.muted_names);
    const auto known = told == nullptr ? Fingerprints() : every_one(*told);
    const auto is_told = [told](Fingerprint alert) {
        return told != nullptr &&
               std::binary_search(told->firing.begin(), told->firing.end(), alert);
    };
    for (std::size_t i = 0; i < selection.firing.size(); ++i) {
        if (!is_told(selection.firing_names[i])) {
            out.message.news.push_back(selection.firing[i]);
        }
    }
    out.message.firing = std::move(selection.firing);
    for (std::size_t i = 0; i < selection.over.size(); ++i) {
        if (out.tells_ends &&
            std::binary_search(known.begin(), known.end(), selection.over_names[i])) {
            out.message.resolved.push_back(selection.over[i]);
        }
    }
    out.post = told == nullptr ? std::nullopt : told->post;
    std::sort(out.message.news.begin(), out.message.news.end(), comes_before);
    std::sort(out.message.firing.begin(), out.message.firing.end(), comes_before);
    std::sort(out.message.resolved.begin(), out.message.resolved.end(), comes_before);
    return out;
}

} // namespace opsmon::notify
