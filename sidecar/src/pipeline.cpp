#include "pipeline.hpp"

#include <algorithm>
#include <optional>
#include <pthread.h>
#include <system_error>
#include <utility>

#include "base/start_memory.hpp"
#include "collect/assemble.hpp"

namespace opsmon {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{1000};
// Without news a snapshot is made all the same now and then: what is shown may have become too old.
constexpr milliseconds kShownAtLeastEvery{5000};
// Reports that come close together share a snapshot.
constexpr milliseconds kGathered{50};
constexpr milliseconds kLeastPause{200};

void describe_channels(const std::vector<notify::ChannelStats>& channels, collect::SelfFacts& out) {
    const auto number = [](std::uint64_t count) { return static_cast<double>(count); };
    for (const auto& [receiver, integration, counts] : channels) {
        collect::ReceiverFacts facts{receiver,
                                     integration,
                                     number(counts.sent),
                                     number(counts.failed),
                                     number(counts.dropped),
                                     number(counts.latency.count()),
                                     {}};
        for (std::size_t reason = 0; reason < notify::kFailureReasons; ++reason) {
            facts.failed_requests.emplace_back(notify::kFailureReasonNames.at(reason),
                                               number(counts.failures.at(reason)));
        }
        out.receivers.push_back(std::move(facts));
        auto [latency, is_first] = out.notification_latency.try_emplace(receiver, counts.latency);
        if (!is_first) {
            latency->second.add(counts.latency);
        }
    }
}

} // namespace

TimestampMs moment_to_judge(const collect::CycleTime& shown, SteadyTime now) {
    return shown.wall + std::chrono::duration_cast<milliseconds>(now - shown.steady).count();
}

Pipeline::Pipeline(std::shared_ptr<collect::Board> board,
                   std::shared_ptr<metrics::SnapshotStore> snapshots, std::string proc,
                   std::shared_ptr<store::Store> store)
    : board_(std::move(board)),
      snapshots_(std::move(snapshots)),
      proc_(std::move(proc)),
      store_(std::move(store)),
      keeper_(store_) {
    engine_.set_stopwatch(
        [] { return std::chrono::duration<double>(steady_now().time_since_epoch()).count(); });
}

Pipeline::~Pipeline() {
    stop();
}

Result<void> Pipeline::start() {
    try {
        thread_ = std::thread([this] { run(); });
    } catch (const std::system_error&) {
        return Error{"the system has no thread left (see its limits on tasks)", true};
    }
    pthread_setname_np(thread_.native_handle(), "pipeline");
    return {};
}

void Pipeline::stop() {
    stop_.request();
    board_->wake();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Pipeline::run() {
    std::optional<collect::CycleTime> shown;
    while (!stop_.requested()) {
        const SteadyTime begun = steady_now();
        const bool news = board_->wait_for_news(begun + kTick);
        if (news) {
            stop_.wait_until(steady_now() + kGathered);
            board_->wait_for_news(steady_now()); // what came meanwhile is shown with it
        }
        const collect::CycleTime now{wall_now(), steady_now()};
        if (news || !shown || now.steady - shown->steady >= kShownAtLeastEvery) {
            show(now);
            shown = now;
        }
        judge(moment_to_judge(*shown, now.steady));
        {
            const std::lock_guard lock(vitals_mutex_);
            ++vitals_.rounds;
        }
        stop_.wait_until(begun + kLeastPause);
    }
}

void Pipeline::show(const collect::CycleTime& now) {
    const std::lock_guard lock(mutex_);
    const collect::BoardView board = board_->view();
    const auto snapshot = collect::assemble(board, describe_self(gather_self(board)), now);
    note_collectors(board, now.steady);
    snapshots_->put(snapshot);
    if (snapshot->complete && !ready_.exchange(true)) {
        give_back_start_memory();
    }
    std::vector<std::span<const metrics::SeriesPoint>> points;
    for (const auto& rendering : snapshot->renderings) {
        points.emplace_back(rendering->points);
    }
    history_.append_groups(snapshot->at, points);
}

void Pipeline::note_collectors(const collect::BoardView& board, SteadyTime now) {
    const auto failing = std::count_if(
        board.entries.begin(), board.entries.end(), [&](const collect::BoardEntry& entry) {
            return entry.report && !(collect::is_fresh(entry, now) && entry.report->success);
        });
    const std::lock_guard lock(vitals_mutex_);
    vitals_.collectors = board.entries.size();
    vitals_.collectors_failing = static_cast<std::size_t>(failing);
}

Vitals Pipeline::vitals() const {
    const std::lock_guard lock(vitals_mutex_);
    return vitals_;
}

void Pipeline::judge(TimestampMs now) {
    const std::lock_guard lock(mutex_);
    const auto snapshot = snapshots_->newest();
    if (!snapshot) {
        return;
    }
    auto alerts = engine_.evaluate_due(history_, now, snapshot->silence);
    keeper_.keep(engine_, now);
    {
        const std::lock_guard vitals_lock(vitals_mutex_);
        vitals_.alerts_firing = engine_.stats().firing;
    }
    if (notifier_) {
        notifier_->offer(std::move(alerts));
    }
}

collect::SelfFacts Pipeline::gather_self(const collect::BoardView& board) const {
    collect::SelfFacts out;
    out.reload_successful = reload_.successful;
    out.reload_success_at = static_cast<double>(reload_.success_at) / 1000;
    out.dropped_duplicate = static_cast<double>(board.dropped_duplicate_total);
    out.dropped_limit = static_cast<double>(board.dropped_limit_total);
    const history::Stats history = history_.stats();
    out.dropped_history = static_cast<double>(history.series_dropped_total);
    out.history_series = static_cast<double>(history.series);
    out.history_samples = static_cast<double>(history.samples);
    out.history_bytes = static_cast<double>(history.bytes);
    out.history_limit_bytes = static_cast<double>(history_.limits().bytes_max);
    out.history_reach_seconds = static_cast<double>(history.reach_ms) / 1000;
    out.history_samples_dropped = static_cast<double>(history.samples_dropped_total);
    const rules::EngineStats engine = engine_.stats();
    out.rule_failures = static_cast<double>(engine.evaluation_failures_total);
    out.alerts_pending = static_cast<double>(engine.pending);
    out.alerts_firing = static_cast<double>(engine.firing);
    if (notifier_) {
        const notify::NotifierStats notifier = notifier_->stats();
        out.notification_queue_length = static_cast<double>(notifier.queue_length);
        if (notifier.state_kept) {
            out.notification_state_kept = *notifier.state_kept ? 1 : 0;
        }
        describe_channels(notifier.channels, out);
    }
    if (store_) {
        out.store_up = store_->up() ? 1 : 0;
        out.store_bytes = store_->bytes();
    }
    out.process = collect::read_process(proc_);
    return out;
}

void Pipeline::replace_history_limits(history::Limits limits) {
    const std::lock_guard lock(mutex_);
    history_.replace_limits(limits);
}

void Pipeline::read_history(const std::function<void(const history::Source&)>& reader) {
    const std::lock_guard lock(mutex_);
    reader(history_);
}

std::vector<rules::GroupView> Pipeline::rules_view() {
    const std::lock_guard lock(mutex_);
    return engine_.view();
}

void Pipeline::replace_rules(std::vector<rules::Group> groups) {
    const std::lock_guard lock(mutex_);
    engine_.replace(std::move(groups));
    keeper_.restore(engine_);
}

void Pipeline::set_external_url(std::string url) {
    const std::lock_guard lock(mutex_);
    engine_.set_external({{}, std::move(url)});
}

void Pipeline::replace_notifier(std::shared_ptr<notify::Notifier> notifier) {
    const std::lock_guard lock(mutex_);
    notifier_ = std::move(notifier);
}

void Pipeline::set_reload_facts(ReloadFacts facts) {
    {
        const std::lock_guard lock(mutex_);
        reload_ = facts;
    }
    {
        const std::lock_guard lock(vitals_mutex_);
        vitals_.reload_successful = facts.successful;
    }
    board_->wake(); // so that /metrics says so soon
}

} // namespace opsmon
