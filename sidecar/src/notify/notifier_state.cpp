// Of the notifier: what it keeps in the store, and learns from it. Nothing here holds `mutex` while
// the disk is asked.

#include "base/log.hpp"
#include "notify/notifier_shared.hpp"

#include <random>

namespace opsmon::notify {
namespace {

// The alerts last: what fires is told unless the rest says that it was, or must not be.
constexpr const char* kKinds[] = {kSilenceKind, kToldKind, kAlertKind};

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

Result<void>
Notifier::Shared::read_kept(std::map<std::string, std::vector<store::Entry>>& into) const {
    for (const auto* kind : kKinds) {
        auto entries = store->read_all(kind, kStorePatience);
        if (!entries) {
            return entries.error();
        }
        into[kind] = std::move(*entries);
    }
    return {};
}

void Notifier::Shared::restore(const std::map<std::string, std::vector<store::Entry>>& kept) {
    for (const auto* kind : kKinds) {
        dispatcher.restore(kind, kept.at(kind), moment_now());
    }
}

void Notifier::Shared::learn_at_start() {
    if (!store) {
        return;
    }
    std::map<std::string, std::vector<store::Entry>> kept;
    if (const auto read = read_kept(kept); !read) {
        known = false;
        asked_at = steady_now();
        dispatcher.await_restore(moment_now());
        log::warning("what receivers were told before the restart is not known yet, nor what is "
                     "silenced; until the store can be read some are told again",
                     {{"error", read.error().message}});
        return;
    }
    restore(kept);
}

// What was in the store at the start counts from now on; nothing was written there meanwhile.
void Notifier::Shared::learn(std::unique_lock<std::mutex>& lock) {
    if (known || steady_now() - asked_at < kStoreRetry || !store->up()) {
        return;
    }
    asked_at = steady_now();
    lock.unlock();
    std::map<std::string, std::vector<store::Entry>> kept;
    const auto read = read_kept(kept);
    lock.lock();
    if (read) {
        known = true;
        restore(kept);
        log::info("what was told and silenced before the restart is known now", {});
        wake.notify_all();
    }
}

bool Notifier::Shared::store_has_work() const {
    if (!store) {
        return dispatcher.has_changes();
    }
    if (!known) {
        return steady_now() - asked_at >= kStoreRetry && store->up();
    }
    return dispatcher.has_changes() && store->up();
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
    learn(lock);
    if (!known || !dispatcher.has_changes() || !store->up()) {
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

Result<bool> Notifier::Shared::change_silences(const std::function<Result<void>(Silences&)>& change,
                                               bool may_wait) {
    const auto end = steady_now() + kStorePatience;
    std::unique_lock order(keeping, std::defer_lock);
    const bool in_order = store && order.try_lock_until(end);
    std::unique_lock lock(mutex);
    auto next = dispatcher.silences();
    (void)next.take_changed();
    if (auto made = change(next); !made) {
        return made.error();
    }
    const auto ids = next.take_changed();
    Result<void> written;
    if (store && !in_order) {
        written = Error{"the disk does not answer in time", true};
    } else if (store) {
        lock.unlock();
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - steady_now());
        written = store->write_batch(silence_changes(next, ids), left);
        lock.lock();
    }
    // What failed may come to its end after all, and older texts may wait to be written: what
    // counts is written once more.
    if (!written || dispatcher.has_changes()) {
        dispatcher.silences().mark_changed(ids);
    }
    state_kept = state_kept && written.ok();
    if (!written && !may_wait) {
        return Error{"nothing is changed, because the store does not take it, and a restart of the "
                     "sidecar would undo it: " +
                         written.error().message + "; make it work and try again",
                     true};
    }
    dispatcher.silences().take_over(next, ids);
    wake.notify_all();
    return written.ok();
}

Result<CreatedSilence> Notifier::create_silence(Silence silence) {
    const bool is_new = silence.id.empty();
    CreatedSilence out;
    const auto kept = shared_->change_silences(
        [&](Silences& next) -> Result<void> {
            auto id = next.create(std::move(silence), new_id(), wall_now());
            if (!id) {
                return id.error();
            }
            out.id = std::move(*id);
            return {};
        },
        is_new);
    if (!kept) {
        return kept.error();
    }
    out.kept = *kept;
    if (!out.kept) {
        log::warning("a new silence holds, and is not in the store yet: a restart before it is "
                     "would end it",
                     {{"silence", out.id}});
    }
    return out;
}

Result<void> Notifier::expire_silence(const std::string& id) {
    const auto done = shared_->change_silences(
        [&](Silences& next) { return next.expire(id, wall_now()); }, false);
    return done ? Result<void>() : done.error();
}

bool Notifier::silences_known() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->known;
}

} // namespace opsmon::notify
