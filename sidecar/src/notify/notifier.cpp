#include "base/log.hpp"
#include "notify/delivery.hpp"
#include "notify/notifier_shared.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace opsmon::notify {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTimeout{5000};
constexpr milliseconds kStopTimeout{700}; // of one request, once the process is ending
constexpr milliseconds kStopBudget{1200}; // after this no further request is begun
constexpr milliseconds kStopLimit{1900};  // after this the threads are left to themselves
constexpr std::size_t kThreads = 3;       // a webhook that hangs holds up one of them
static_assert(kThreads > kSlowAtOnce);

} // namespace

FailureReason failure_reason(const Verdict& verdict) {
    if (verdict.kind == Verdict::Kind::Refused) {
        return FailureReason::Refused;
    }
    return verdict.retry_after_ms ? FailureReason::RateLimited : FailureReason::Unavailable;
}

void Notifier::Shared::run() {
    std::unique_lock lock(mutex);
    while (!stopping) {
        auto job = dispatcher.next(moment_now());
        if (!job && !store_has_work()) {
            rest(lock);
            continue;
        }
        lock.unlock();
        keep_state();
        if (job) {
            attempt(*job, kTimeout);
        }
        lock.lock();
    }
    lock.unlock();
    send_the_rest();
    lock.lock();
    if (--running == 0) {
        ended_wake.notify_all();
    }
}

void Notifier::Shared::rest(std::unique_lock<std::mutex>& lock) {
    const auto now = moment_now().run;
    const auto at = dispatcher.next_at(now);
    auto pause =
        at ? std::optional(milliseconds(std::max<TimestampMs>(*at - now, 1))) : std::nullopt;
    if (dispatcher.has_changes() || !known) {
        pause = std::min(pause.value_or(kStoreRetry), kStoreRetry);
    }
    if (pause) {
        wake.wait_for(lock, *pause);
    } else {
        wake.wait(lock);
    }
}

void Notifier::Shared::complete(const Job& job, const Verdict& verdict, milliseconds took) {
    const std::lock_guard lock(mutex);
    dispatcher.completed(job, verdict, moment_now());
    wake.notify_all(); // there may be a next one for the channel
    auto& its = attempts_of(job.config);
    its.latency.observe(std::chrono::duration<double>(took).count());
    its.last_at = wall_now();
    if (verdict.kind != Verdict::Kind::Delivered) {
        ++its.failures[static_cast<std::size_t>(failure_reason(verdict))];
    }
    if (verdict.why == its.last_error || abandoned) {
        return;
    }
    if (verdict.kind == Verdict::Kind::Delivered) {
        log::info("notifications are delivered again", {{"receiver", job.config.receiver}});
    } else {
        log::warning(verdict.kind == Verdict::Kind::Retry
                         ? "a notification was not delivered; it is tried again"
                         : "a notification was refused; it is tried again after group_interval, "
                           "and after a reload",
                     {{"receiver", job.config.receiver},
                      {"integration", job.config.integration()},
                      {"reason", verdict.why}});
    }
    its.last_error = verdict.why;
}

Attempts& Notifier::Shared::attempts_of(const ChannelConfig& config) {
    return attempts[{config.receiver, config.integration()}];
}

Verdict Notifier::Shared::attempt(const Job& job, milliseconds timeout) {
    const auto begun = steady_now();
    auto verdict = deliver(job, timeout, wall_now());
    complete(job, verdict, std::chrono::duration_cast<milliseconds>(steady_now() - begun));
    return verdict;
}

// Each waiting group once, whatever rests; a webhook that does not answer is not asked again.
void Notifier::Shared::send_the_rest() {
    std::unique_lock lock(mutex);
    while (steady_now() < stop_end) {
        const auto job = dispatcher.next(moment_now(), true);
        if (!job) {
            break;
        }
        lock.unlock();
        const auto verdict = attempt(*job, kStopTimeout);
        lock.lock();
        if (verdict.kind == Verdict::Kind::Retry) {
            job->channel->outbox.close();
        }
    }
    lock.unlock();
    keep_state();
}

Notifier::Notifier(Settings settings, std::shared_ptr<store::Store> store)
    : shared_(std::make_shared<Shared>(std::move(settings), std::move(store))) {
    shared_->learn_at_start();
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
    if (!wanted_ || shared_->stopping) {
        return;
    }
    try {
        while (threads_.size() < kThreads) {
            threads_.emplace_back([shared = shared_] { shared->run(); });
            ++shared_->running; // it waits for the lock
        }
    } catch (const std::system_error&) {
        if (threads_.empty() && !std::exchange(failure_told_, true)) {
            log::warning("nobody can be told of alerts yet: the system has no thread left",
                         {{"next", "it is tried again; see its limits on tasks"}});
        }
    }
}

void Notifier::offer(std::vector<rules::Alert> alerts) {
    const std::lock_guard lock(shared_->mutex);
    start_if_needed();
    shared_->dispatcher.offer(std::move(alerts), moment_now());
    shared_->wake.notify_all();
}

void Notifier::replace(Settings settings) {
    const std::lock_guard lock(shared_->mutex);
    const auto before = shared_->dispatcher.channels();
    shared_->dispatcher.replace(std::move(settings), moment_now());
    const auto& after = shared_->dispatcher.channels();
    for (const auto& channel : before) {
        if (std::find(after.begin(), after.end(), channel) != after.end()) {
            continue;
        }
        const auto stats = channel->outbox.stats();
        auto& past = shared_->attempts_of(channel->config);
        past.sent += stats.sent;
        past.failed += stats.failed;
        past.dropped += stats.dropped + stats.waiting;
    }
    shared_->wake.notify_all();
}

void Notifier::stop() {
    std::unique_lock lock(shared_->mutex);
    if (threads_.empty() || shared_->stopping) {
        shared_->stopping = true;
        return;
    }
    shared_->stopping = true;
    shared_->stop_end = steady_now() + kStopBudget;
    shared_->dispatcher.flush_all(moment_now());
    shared_->wake.notify_all();
    const bool ended =
        shared_->ended_wake.wait_for(lock, kStopLimit, [&] { return shared_->running == 0; });
    shared_->abandoned = !ended;
    auto threads = std::exchange(threads_, {});
    lock.unlock();
    for (auto& thread : threads) {
        if (ended) {
            thread.join();
        } else {
            thread.detach(); // it holds its own reference to what it uses
        }
    }
}

NotifierStats Notifier::stats() const {
    const std::lock_guard lock(shared_->mutex);
    NotifierStats out;
    auto by_channel = shared_->attempts;
    for (const auto& channel : shared_->dispatcher.channels()) {
        const auto& config = channel->config;
        const auto stats = channel->outbox.stats();
        auto& counts = by_channel[{config.receiver, config.integration()}];
        counts.sent += stats.sent;
        counts.failed += stats.failed;
        counts.dropped += stats.dropped;
        out.queue_length += stats.waiting;
    }
    for (auto& [names, counts] : by_channel) {
        out.channels.push_back({names.first, names.second, std::move(counts)});
    }
    if (shared_->store) {
        out.state_kept = shared_->known && shared_->state_kept && shared_->store->up();
    }
    return out;
}

std::vector<ShownReceiver> Notifier::receivers() const {
    const std::lock_guard lock(shared_->mutex);
    std::vector<ShownReceiver> out;
    for (const auto& name : shared_->dispatcher.receiver_names()) {
        out.push_back({name, {}});
        for (const auto& channel : shared_->dispatcher.channels()) {
            const auto& config = channel->config;
            if (config.receiver == name) {
                const auto& attempts = shared_->attempts_of(config);
                out.back().integrations.push_back({config.integration(), config.send_resolved(),
                                                   attempts.last_at, attempts.last_error});
            }
        }
    }
    return out;
}

std::vector<Silence> Notifier::silences() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->dispatcher.silences().list();
}

std::vector<ShownAlert> Notifier::alerts() const {
    const std::lock_guard lock(shared_->mutex);
    std::vector<ShownAlert> out;
    for (auto& alert : shared_->dispatcher.groups().all()) {
        auto mute = shared_->dispatcher.mute_state(*alert, moment_now());
        auto receivers = shared_->dispatcher.receivers_of(alert->labels);
        out.push_back({std::move(alert), std::move(mute), std::move(receivers)});
    }
    return out;
}

} // namespace opsmon::notify
