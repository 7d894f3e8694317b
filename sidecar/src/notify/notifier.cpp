#include "notify/notifier.hpp"

#include "base/log.hpp"
#include "notify/delivery.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <system_error>
#include <utility>

namespace opsmon::notify {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTimeout{5000};
constexpr milliseconds kStopTimeout{700}; // of one request, once the process is ending
constexpr milliseconds kStopBudget{1200}; // after this no further request is begun
constexpr milliseconds kStopLimit{1900};  // after this the threads are left to themselves
constexpr milliseconds kStorePatience{2000};
constexpr milliseconds kStoreRetry{1000};
constexpr std::size_t kThreads = 3; // a webhook that hangs holds up one of them

Moment moment_now() {
    return {std::chrono::duration_cast<milliseconds>(steady_now().time_since_epoch()).count(),
            wall_now()};
}

// A version 4 UUID, as amtool expects.
std::string new_id() {
    std::random_device random;
    std::string out;
    for (int i = 0; i < 4; ++i) {
        out += to_hex(random()).substr(8);
    }
    out[12] = '4';
    out[16] = "89ab"[random() % 4];
    for (const std::size_t place : {8, 13, 18, 23}) {
        out.insert(place, 1, '-');
    }
    return out;
}

} // namespace

struct Notifier::Shared {
    Shared(Settings settings, std::shared_ptr<store::Store> its_store)
        : dispatcher(std::move(settings)), store(std::move(its_store)) {}

    void run();
    void rest(std::unique_lock<std::mutex>& lock);
    void complete(const Job& job, const Verdict& verdict);
    void send_the_rest();
    void keep_state();
    void learn_silences(std::unique_lock<std::mutex>& lock);

    mutable std::mutex mutex;
    std::condition_variable wake;
    std::condition_variable ended_wake;
    bool stopping = false;
    std::size_t running = 0;
    bool abandoned = false; // nobody waits any more: touch nothing that belongs to the process
    SteadyTime stop_end{};
    Dispatcher dispatcher;
    std::map<std::string, std::string> last_failures; // by channel: logged when they change
    std::map<std::string, ReceiverStats> past;        // counts of channels that a reload took away
    bool state_kept = true;
    bool silences_known = true; // false: the store could not be read at the start
    SteadyTime silences_asked_at{};

    const std::shared_ptr<store::Store> store; // null: nothing is kept
    std::mutex keeping;                        // taken before `mutex`
};

void Notifier::Shared::run() {
    std::unique_lock lock(mutex);
    while (!stopping) {
        if (!silences_known && steady_now() - silences_asked_at >= kStoreRetry) {
            learn_silences(lock);
        }
        auto job = dispatcher.next(moment_now());
        if (!job && !(dispatcher.has_changes() && (!store || store->up()))) {
            rest(lock);
            continue;
        }
        lock.unlock();
        keep_state();
        if (job) {
            complete(*job, deliver(*job, kTimeout, wall_now()));
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

// What somebody silenced before the restart stays silenced, once it can be read.
void Notifier::Shared::learn_silences(std::unique_lock<std::mutex>& lock) {
    silences_asked_at = steady_now(); // no other thread asks as well
    lock.unlock();
    const auto entries = store->read_all(kSilenceKind, kStorePatience);
    lock.lock();
    if (entries && !silences_known) {
        silences_known = true;
        dispatcher.restore(kSilenceKind, *entries, moment_now());
        log::info("the silences of before the restart are known now", {});
    }
}

void Notifier::Shared::rest(std::unique_lock<std::mutex>& lock) {
    const auto now = moment_now().run;
    const auto at = dispatcher.next_at(now);
    auto pause =
        at ? std::optional(milliseconds(std::max<TimestampMs>(*at - now, 1))) : std::nullopt;
    if (dispatcher.has_changes() || !silences_known) {
        pause = std::min(pause.value_or(kStoreRetry), kStoreRetry);
    }
    if (pause) {
        wake.wait_for(lock, *pause);
    } else {
        wake.wait(lock);
    }
}

// Whoever has a message in hand waits here until all that came before is in the store, or cannot
// be.
void Notifier::Shared::keep_state() {
    const std::lock_guard one_at_a_time(keeping);
    std::unique_lock lock(mutex);
    if (!store) {
        (void)dispatcher.take_changes();
        return;
    }
    if (!dispatcher.has_changes() || !store->up()) {
        state_kept = state_kept && !dispatcher.has_changes();
        return;
    }
    auto changes = dispatcher.take_changes();
    lock.unlock();
    const auto written = store->write_batch(changes, kStorePatience);
    lock.lock();
    state_kept = written.ok();
    if (!written) { // the store has logged why
        dispatcher.put_back(std::move(changes));
    }
}

void Notifier::Shared::complete(const Job& job, const Verdict& verdict) {
    const std::lock_guard lock(mutex);
    dispatcher.completed(job, verdict, moment_now());
    wake.notify_all(); // there may be a next one for the channel
    auto& last_failure = last_failures[job.config.key];
    if (verdict.why == last_failure || abandoned) {
        return;
    }
    if (verdict.kind == Verdict::Kind::Delivered) {
        log::info("notifications are delivered again", {{"receiver", job.config.receiver}});
    } else {
        log::warning(verdict.kind == Verdict::Kind::Retry
                         ? "a notification was not delivered; it is tried again"
                         : "a notification was refused; it is not tried again",
                     {{"receiver", job.config.receiver}, {"reason", verdict.why}});
    }
    last_failure = verdict.why;
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
        const auto verdict = deliver(*job, kStopTimeout, wall_now());
        complete(*job, verdict);
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
    restore();
}

Notifier::~Notifier() {
    stop();
}

void Notifier::restore() {
    if (!shared_->store) {
        return;
    }
    // The alerts last: what fires is told unless the rest says that it was, or must not be.
    for (const auto* kind : {kSilenceKind, kToldKind, kAlertKind}) {
        const auto entries = shared_->store->read_all(kind, kStorePatience);
        if (!entries) {
            shared_->silences_known = kind != kSilenceKind;
            log::warning("what receivers were told before the restart is not known, nor what is "
                         "silenced; some are told again",
                         {{"error", entries.error().message}});
            return;
        }
        shared_->dispatcher.restore(kind, *entries, moment_now());
    }
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
        auto& past = shared_->past[channel->config.receiver];
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
    auto by_name = shared_->past;
    for (const auto& channel : shared_->dispatcher.channels()) {
        const auto stats = channel->outbox.stats();
        auto& receiver = by_name[channel->config.receiver];
        receiver.sent += stats.sent;
        receiver.failed += stats.failed;
        receiver.dropped += stats.dropped;
        out.queue_length += stats.waiting;
    }
    for (auto& [name, stats] : by_name) {
        stats.receiver = name;
        out.receivers.push_back(std::move(stats));
    }
    if (shared_->store) {
        out.state_kept = shared_->state_kept && shared_->store->up();
    }
    return out;
}

Result<std::string> Notifier::create_silence(Silence silence) {
    const std::lock_guard lock(shared_->mutex);
    auto id = shared_->dispatcher.silences().create(std::move(silence), new_id(), wall_now());
    shared_->wake.notify_all();
    return id;
}

Result<void> Notifier::expire_silence(const std::string& id) {
    const std::lock_guard lock(shared_->mutex);
    auto done = shared_->dispatcher.silences().expire(id, wall_now());
    shared_->wake.notify_all();
    return done;
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
