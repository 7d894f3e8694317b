#include "collect/runner.hpp"

#include <exception>
#include <utility>

#include "base/log.hpp"

namespace opsmon::collect {
namespace {

void write_changes(FailureLog& failures, const std::vector<CollectorReport>& reports) {
    for (const CollectorReport& report : reports) {
        const std::string line = failures.line_for(report);
        if (line.empty()) {
            continue;
        }
        if (report.success) {
            log::info(line, {{"collector", report.collector}});
        } else {
            log::warning(line, {{"collector", report.collector}, {"error", report.error}});
        }
    }
}

// What a library throws in spite of everything must cost one cycle of one source, not the sidecar.
std::vector<CollectorReport> collect_safely(Source& source, const CycleTime& now,
                                            const StopSignal& stop) {
    std::string problem;
    try {
        return source.collect(now, stop);
    } catch (const std::exception& thrown) {
        problem = thrown.what();
    }
    std::vector<CollectorReport> out;
    for (const std::string& collector : source.collectors()) {
        CollectorReport report;
        report.collector = collector;
        report.error = "a fault of the sidecar itself, please report it: " + problem;
        out.push_back(std::move(report));
    }
    return out;
}

} // namespace

std::string FailureLog::line_for(const CollectorReport& report) {
    const auto known = failing_.find(report.collector);
    if (report.success) {
        if (known == failing_.end()) {
            return {};
        }
        failing_.erase(known);
        return "collector works again";
    }
    if (known != failing_.end() && known->second == report.error) {
        return {};
    }
    failing_[report.collector] = report.error;
    return "collector fails";
}

Runner::Runner(const std::string& name, std::shared_ptr<Board> board,
               std::shared_ptr<Source> source, Timing timing)
    : board_(std::move(board)),
      registration_(board_->add(source->collectors(), timing, steady_now())) {
    // The thread owns all it uses: it may outlive this object when a call in it hangs.
    task_ = std::make_unique<PeriodicTask>(
        name, timing.interval,
        [board = board_, source = std::move(source), registration = registration_,
         failures = FailureLog()](const StopSignal& stop) mutable {
            const CycleTime now{wall_now(), steady_now()};
            std::vector<CollectorReport> reports = collect_safely(*source, now, stop);
            const CycleTime finished{wall_now(), steady_now()};
            if (stop.requested()) {
                return;
            }
            const std::chrono::duration<double> took = finished.steady - now.steady;
            for (CollectorReport& report : reports) {
                report.duration_seconds = took.count();
            }
            write_changes(failures, reports);
            board->publish(registration, std::move(reports), finished);
        });
}

Runner::~Runner() {
    task_->request_stop();
    board_->remove(registration_);
}

} // namespace opsmon::collect
