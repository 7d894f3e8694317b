#include "notify/notifier.hpp"

#include "base/log.hpp"
#include "notify/slack_client.hpp"
#include "notify/slack_message.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

namespace opsmon::notify {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTimeout{5000};
constexpr milliseconds kStopTimeout{700}; // of one request, once the process is ending
constexpr milliseconds kStopBudget{1200}; // after this no further request is begun
constexpr milliseconds kStopLimit{1900};  // after this the thread is left to itself

// One slack_config of the receiver in use.
struct Channel {
    std::string receiver;
    SlackConfig config;
    Outbox outbox;
    std::string last_failure; // logged when it changes, and not at each try
};

bool same_place(const Channel& a, const Channel& b) {
    return a.receiver == b.receiver && a.config.url == b.config.url &&
           a.config.channel == b.config.channel;
}

std::vector<std::shared_ptr<Channel>> channels_of(const Settings& settings) {
    std::vector<std::shared_ptr<Channel>> out;
    for (const auto& receiver : settings.receivers) {
        if (receiver.name != settings.receiver) {
            continue;
        }
        for (const auto& slack : receiver.slack) {
            const DedupPolicy policy{slack.send_resolved, settings.repeat_interval_ms};
            out.push_back(
                std::make_shared<Channel>(Channel{receiver.name, slack, Outbox(policy), {}}));
        }
    }
    return out;
}

} // namespace

struct Notifier::Shared {
    struct Job {
        std::shared_ptr<Channel> channel;
        rules::Alert alert;
        SlackConfig config;
        std::string receiver;
    };

    void run();
    std::optional<Job> next_job();
    std::optional<milliseconds> time_to_next() const;
    void complete(const Job& job, const Verdict& verdict);
    void send(const Job& job, milliseconds timeout, TimestampMs now);
    void send_the_rest();

    mutable std::mutex mutex;
    std::condition_variable wake;
    std::condition_variable ended_wake;
    bool stopping = false;
    bool ended = false;
    bool abandoned = false; // nobody waits any more: touch nothing that belongs to the process
    std::vector<std::shared_ptr<Channel>> channels;
    std::map<std::string, ReceiverStats> past; // counts of channels that a reload took away
};

void Notifier::Shared::run() {
    std::unique_lock lock(mutex);
    while (!stopping) {
        if (auto job = next_job()) {
            lock.unlock();
            send(*job, kTimeout, wall_now());
            lock.lock();
        } else if (const auto pause = time_to_next()) {
            wake.wait_for(lock, *pause);
        } else {
            wake.wait(lock);
        }
    }
    lock.unlock();
    send_the_rest();
    lock.lock();
    ended = true;
    ended_wake.notify_all();
}

std::optional<Notifier::Shared::Job> Notifier::Shared::next_job() {
    for (const auto& channel : channels) {
        if (auto alert = channel->outbox.next(steady_now())) {
            return Job{channel, std::move(*alert), channel->config, channel->receiver};
        }
    }
    return std::nullopt;
}

std::optional<milliseconds> Notifier::Shared::time_to_next() const {
    const auto now = steady_now();
    std::optional<milliseconds> soonest;
    for (const auto& channel : channels) {
        if (const auto at = channel->outbox.next_at(now)) {
            const auto pause =
                std::max(std::chrono::ceil<milliseconds>(*at - now), milliseconds(1));
            soonest = soonest ? std::min(*soonest, pause) : pause;
        }
    }
    return soonest;
}

void Notifier::Shared::send(const Job& job, milliseconds timeout, TimestampMs now) {
    const auto body = slack_message(job.alert, job.receiver, job.config, now);
    complete(job, classify(post_json(job.config.url, body, timeout)));
}

void Notifier::Shared::complete(const Job& job, const Verdict& verdict) {
    const std::lock_guard lock(mutex);
    auto& channel = *job.channel;
    channel.outbox.completed(job.alert, verdict, steady_now());
    if (verdict.why == channel.last_failure || abandoned) {
        return;
    }
    if (verdict.kind == Verdict::Kind::Delivered) {
        log::info("notifications are delivered again", {{"receiver", channel.receiver}});
    } else {
        log::warning(verdict.kind == Verdict::Kind::Retry
                         ? "a notification was not delivered; it is tried again"
                         : "a notification was refused; it is not tried again",
                     {{"receiver", channel.receiver}, {"reason", verdict.why}});
    }
    channel.last_failure = verdict.why;
}

// Each waiting alert once, whatever rests; a webhook that does not answer is not asked again.
void Notifier::Shared::send_the_rest() {
    const auto end = steady_now() + kStopBudget;
    std::unique_lock lock(mutex);
    const auto last_channels = channels;
    for (const auto& channel : last_channels) {
        while (steady_now() < end) {
            auto alert = channel->outbox.next(steady_now(), true);
            if (!alert) {
                break;
            }
            const Job job{channel, std::move(*alert), channel->config, channel->receiver};
            const auto retries = channel->outbox.stats().retries;
            lock.unlock();
            send(job, kStopTimeout, wall_now());
            lock.lock();
            if (channel->outbox.stats().retries != retries) {
                break;
            }
        }
    }
}

Notifier::Notifier(Settings settings) : shared_(std::make_shared<Shared>()) {
    shared_->channels = channels_of(settings);
}

Notifier::~Notifier() {
    stop();
}

void Notifier::start() {
    const std::lock_guard lock(shared_->mutex);
    wanted_ = true;
    start_if_needed();
}

void Notifier::start_if_needed() { // under the lock
    if (!wanted_ || thread_.joinable() || shared_->stopping) {
        return;
    }
    try {
        thread_ = std::thread([shared = shared_] { shared->run(); });
    } catch (const std::system_error&) {
        if (!std::exchange(failure_told_, true)) {
            log::warning("nobody can be told of alerts yet: the system has no thread left",
                         {{"next", "it is tried again; see its limits on tasks"}});
        }
    }
}

void Notifier::offer(std::vector<rules::Alert> alerts) {
    const std::lock_guard lock(shared_->mutex);
    start_if_needed();
    const auto now = steady_now(); // the wall clock may be set
    for (const auto& channel : shared_->channels) {
        channel->outbox.offer(alerts, now);
    }
    shared_->wake.notify_all();
}

void Notifier::replace(Settings settings) {
    const std::lock_guard lock(shared_->mutex);
    auto before = std::exchange(shared_->channels, channels_of(settings));
    for (auto& channel : shared_->channels) {
        const auto same = std::find_if(before.begin(), before.end(),
                                       [&](const auto& old) { return same_place(*old, *channel); });
        if (same == before.end()) {
            continue;
        }
        (*same)->config = channel->config;
        (*same)->outbox.adopt({channel->config.send_resolved, settings.repeat_interval_ms});
        channel = *same; // a request under way completes on it
        before.erase(same);
    }
    for (const auto& gone : before) {
        const auto stats = gone->outbox.stats();
        auto& past = shared_->past[gone->receiver];
        past.sent += stats.sent;
        past.failed += stats.failed;
        past.dropped += stats.dropped + stats.waiting;
    }
    shared_->wake.notify_all();
}

void Notifier::stop() {
    std::unique_lock lock(shared_->mutex);
    shared_->stopping = true;
    if (!thread_.joinable()) {
        return;
    }
    shared_->wake.notify_all();
    const bool ended =
        shared_->ended_wake.wait_for(lock, kStopLimit, [&] { return shared_->ended; });
    shared_->abandoned = !ended;
    lock.unlock();
    if (ended) {
        thread_.join();
    } else {
        thread_.detach(); // it holds its own reference to what it uses
    }
}

NotifierStats Notifier::stats() const {
    const std::lock_guard lock(shared_->mutex);
    NotifierStats out;
    auto by_name = shared_->past;
    for (const auto& channel : shared_->channels) {
        const auto stats = channel->outbox.stats();
        auto& receiver = by_name[channel->receiver];
        receiver.sent += stats.sent;
        receiver.failed += stats.failed;
        receiver.dropped += stats.dropped;
        out.queue_length += stats.waiting;
    }
    for (auto& [name, stats] : by_name) {
        stats.receiver = name;
        out.receivers.push_back(std::move(stats));
    }
    return out;
}

} // namespace opsmon::notify
