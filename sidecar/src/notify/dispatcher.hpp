#pragma once
// This component decides who is told what and when: an alert goes to its routes, leaves out what is
// inhibited, silenced or out of its time, waits in its group, is told once and again when something
// changes. The notifier feeds it and sends what it says. Pure: the time is an argument, no thread,
// no file; take_changes() says what has to be in the store before anything leaves.

#include "notify/alert_groups.hpp"
#include "notify/inhibitor.hpp"
#include "notify/outbox.hpp"
#include "notify/settings.hpp"
#include "notify/silences.hpp"
#include "store/change.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace opsmon::notify {

inline constexpr TimestampMs kToldKept_ms = 120LL * 3600 * 1000; // as Alertmanager's log

// Kinds of what is kept in the store.
inline constexpr const char* kAlertKind = "notify_alert";
inline constexpr const char* kToldKind = "notify_told";
inline constexpr const char* kSilenceKind = "notify_silence";

// So many channels that were slow the last time are told at a time: the others need a thread, too.
inline constexpr std::size_t kSlowAtOnce = 2;
inline constexpr TimestampMs kSlow_ms = 1000;

struct Channel {
    ChannelConfig config;
    Outbox outbox;
    TimestampMs asked_at = 0; // last
    bool is_slow = false;     // its last attempt was
};

struct Job {
    std::shared_ptr<Channel> channel;
    ChannelConfig config; // as it was when the job was made
    std::string group;
    Message message;
    Fingerprints firing;
    SendReason reason = SendReason::Nothing;
    std::optional<SlackPost> post = {}; // the message of the incident, once there is one
    Fingerprints muted = {};            // of the group, left out of the message
    bool tells_ends = false;
};

// Why an alert is not told at the moment.
struct MuteState {
    std::vector<std::string> inhibited_by; // one alert at most, by its short name
    bool out_of_time = false;              // in all of its routes
    std::vector<std::string> silenced_by;
};

// Of these, for the store.
[[nodiscard]] std::vector<store::Change> silence_changes(const Silences& silences,
                                                         const std::set<std::string>& ids);

class Dispatcher {
public:
    explicit Dispatcher(Settings settings);

    // A channel that stays keeps what it was told and what it still has to be told.
    void replace(Settings settings, Moment now);
    void offer(std::vector<rules::Alert> alerts, Moment now);

    // Before the process ends: no group waits any more.
    void flush_all(Moment now);

    // What to send now. Its verdict must come to completed(). `regardless_of_rest` is the last
    // attempt when the process ends.
    [[nodiscard]] std::optional<Job> next(Moment now, bool regardless_of_rest = false);
    void completed(const Job& job, const Verdict& verdict, Moment now);
    [[nodiscard]] std::optional<TimestampMs> next_at(TimestampMs run_now) const;

    // From the store: silences, then what was told, then the alerts. Best before the first offer();
    // where it comes later, after await_restore(), what was told since wins, and no end of what was
    // told before is lost. What cannot be understood is left out.
    void await_restore(Moment now) { awaits_since_ = now.run; }
    void restore(const std::string& kind, const std::vector<store::Entry>& entries, Moment now);
    [[nodiscard]] bool has_changes() const;
    [[nodiscard]] std::vector<store::Change> take_changes();
    // Those could not be written: they come again.
    void put_back(std::vector<store::Change> changes);

    [[nodiscard]] Silences& silences() { return silences_; }
    [[nodiscard]] const AlertGroups& groups() const { return groups_; }
    [[nodiscard]] const std::vector<std::shared_ptr<Channel>>& channels() const {
        return channels_;
    }
    [[nodiscard]] std::vector<std::string> receiver_names() const;
    [[nodiscard]] std::vector<std::string> receivers_of(const metrics::Labels& labels) const;
    [[nodiscard]] MuteState mute_state(const rules::Alert& alert, Moment now);

private:
    struct Selection {
        std::vector<AlertPointer> firing;
        std::vector<AlertPointer> over;
        Fingerprints firing_names;
        Fingerprints over_names;
        Fingerprints muted_names;
    };
    using ToldMap = std::map<std::string, Told>;
    void flush_due(Moment now);
    void flush(const std::string& group, Moment now);
    void clean(const std::string& group);
    [[nodiscard]] Selection select(const AlertGroup& group, Moment now);
    // What the channel is told of it: one that stands in for another, once that works again, only
    // of what it was told already.
    [[nodiscard]] Selection selection_for(const Channel& channel, const std::string& group,
                                          const RouteOptions& options, Selection all,
                                          TimestampMs run_now) const;
    [[nodiscard]] bool in_time(const RouteOptions& options, TimestampMs wall) const;
    [[nodiscard]] SendReason reason(const Channel& channel, const std::string& group,
                                    const RouteOptions& options, const Selection& selection,
                                    TimestampMs run_now) const;
    [[nodiscard]] std::optional<Job> job_for(const std::shared_ptr<Channel>& channel,
                                             const std::string& group, Moment now);
    [[nodiscard]] bool makes_room(const Channel& channel) const;
    [[nodiscard]] bool is_replaced(const std::shared_ptr<Channel>& channel) const;
    [[nodiscard]] const Told* told_of(const Channel& channel, const std::string& group) const;

    // The fallback receiver, see dispatcher_fallback.cpp.
    [[nodiscard]] bool is_fallback(const Channel& channel, const RouteOptions& options) const;
    [[nodiscard]] bool wants_resolved(const Channel& channel, const RouteOptions& options) const;
    [[nodiscard]] std::shared_ptr<Channel>
    failing_for(const std::string& group, const RouteOptions& options, TimestampMs run_now) const;
    [[nodiscard]] std::string note_for(const std::string& group, const RouteOptions& options,
                                       TimestampMs run_now) const;
    void hand_over(TimestampMs run_now);
    void hand_over(const std::string& group, TimestampMs run_now);

    [[nodiscard]] Fingerprints owed_ends(const Channel& channel, const std::string& group,
                                         const RouteOptions& options,
                                         const Selection& selection) const;
    void forget_over(const Channel& channel, const std::string& group, const Fingerprints& owed);
    // What was told, see dispatcher_state.cpp.
    void forget_told(ToldMap::iterator told, const std::function<bool(Fingerprint)>& is_gone);
    void forget_gone();
    ToldMap::iterator erase_told(ToldMap::iterator told);
    void forget_told_of(const std::string& channel_key);
    void take_up(const ChannelConfig& config, const std::vector<std::shared_ptr<Channel>>& before);
    void retire(const ChannelConfig& config);
    void remember_meanwhile(const std::string& key, const Job& job);
    void restore_told(const std::string& text, Moment now);
    void restore_alerts(const std::vector<store::Entry>& entries, Moment now);
    [[nodiscard]] TimestampMs patience_ms() const;
    void refresh_inhibitor();
    void forget_old(Moment now);
    void store_told(const std::string& key, TimestampMs wall);
    void count_dropped(const std::string& receiver);

    static std::string told_key(const Channel& channel, const std::string& group) {
        return channel.config.key + "\n" + group;
    }

    Settings settings_;
    AlertGroups groups_;
    Inhibitor inhibitor_;
    std::optional<std::uint64_t> inhibitor_version_;
    Silences silences_;
    std::vector<std::shared_ptr<Channel>> channels_;
    std::size_t first_asked_ = 0; // next: who was served last comes last
    ToldMap told_;
    std::map<std::string, TimestampMs> told_wall_;
    std::map<store::Key, std::optional<std::string>> changes_;
    std::map<std::string, ChannelConfig> retired_; // by key; what they were told is known still
    std::optional<TimestampMs> awaits_since_;
    std::map<std::string, std::set<Fingerprint>> told_meanwhile_; // until the store can be read
    std::size_t told_meanwhile_count_ = 0;
    TimestampMs forgot_at_ = 0;
};

} // namespace opsmon::notify
