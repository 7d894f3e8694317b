#pragma once
// This component provides `Pipeline`: the one thread in which a snapshot is made of what collectors
// reported, published and remembered, and in which the alert rules that are due judge it; their
// alerts go to the notifier.
// The application owns it. It never waits for a collector or for a receiver of alerts.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "alert_keeper.hpp"
#include "base/scheduler.hpp"
#include "collect/board.hpp"
#include "collect/self.hpp"
#include "heartbeat.hpp"
#include "history/history.hpp"
#include "metrics/snapshot.hpp"
#include "notify/notifier.hpp"
#include "rules/engine.hpp"
#include "store/store.hpp"

namespace opsmon {

struct ReloadFacts {
    bool successful = true;
    TimestampMs success_at = 0;
};

// When it is now by the wall clock of the snapshot that was shown last: a jump of the wall clock in
// between would put all that the rules read out of their sight.
TimestampMs moment_to_judge(const collect::CycleTime& shown, SteadyTime now);

class Pipeline {
public:
    Pipeline(std::shared_ptr<collect::Board> board,
             std::shared_ptr<metrics::SnapshotStore> snapshots, std::string proc,
             std::shared_ptr<store::Store> store); // null: none is wanted
    ~Pipeline();
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    Result<void> start();
    void stop();

    void replace_history_limits(history::Limits limits);
    void replace_rules(std::vector<rules::Group> groups);
    void set_external_url(std::string url); // for what rules say, and for links to them
    // Null: nobody is told of alerts.
    void replace_notifier(std::shared_ptr<notify::Notifier> notifier);
    void set_reload_facts(ReloadFacts facts);

    // Calls `reader` with the history, which stands still meanwhile: no snapshot is shown, no rule
    // judged.
    void read_history(const std::function<void(const history::Source&)>& reader);
    [[nodiscard]] std::vector<rules::GroupView> rules_view();

    // True from the first snapshot on in which every collector had its say.
    [[nodiscard]] bool ready() const { return ready_; }

    // Also answers while the thread hangs in whatever it does.
    [[nodiscard]] Vitals vitals() const;

private:
    void run();
    void show(const collect::CycleTime& now);
    void note_collectors(const collect::BoardView& board, SteadyTime now);
    void judge(TimestampMs now);
    [[nodiscard]] collect::SelfFacts gather_self(const collect::BoardView& board) const;

    std::shared_ptr<collect::Board> board_;
    std::shared_ptr<metrics::SnapshotStore> snapshots_;
    std::string proc_;
    std::shared_ptr<store::Store> store_;
    std::atomic<bool> ready_ = false;
    mutable std::mutex vitals_mutex_; // never held over a call
    Vitals vitals_;
    StopSignal stop_;
    std::thread thread_;

    std::mutex mutex_; // what follows: a reload replaces it while the thread runs
    history::History history_;
    rules::Engine engine_{{}};
    AlertKeeper keeper_;
    std::shared_ptr<notify::Notifier> notifier_;
    ReloadFacts reload_;
};

} // namespace opsmon
