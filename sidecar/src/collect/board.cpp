#include "collect/board.hpp"

#include <utility>

namespace opsmon::collect {

Board::Registration Board::add(const std::vector<std::string>& collectors, Timing timing,
                               SteadyTime now) {
    const std::lock_guard lock(mutex_);
    const Registration registration = ++last_registration_;
    for (const std::string& collector : collectors) {
        Slot slot;
        slot.registration = registration;
        slot.entry.collector = collector;
        slot.entry.timing = timing;
        slot.entry.registered_at = now;
        slots_.insert_or_assign(collector, std::move(slot));
    }
    return registration;
}

void Board::remove(Registration registration) {
    const std::lock_guard lock(mutex_);
    std::erase_if(slots_,
                  [&](const auto& item) { return item.second.registration == registration; });
}

// The renderings that still hold, null where there is none.
std::vector<metrics::RenderingPtr>
Board::unchanged(Registration registration, const std::vector<CollectorReport>& reports) const {
    std::vector<std::pair<std::shared_ptr<const CollectorReport>, metrics::RenderingPtr>> before;
    {
        const std::lock_guard lock(mutex_);
        for (const CollectorReport& report : reports) {
            const auto found = slots_.find(report.collector);
            const bool known = found != slots_.end() && found->second.registration == registration;
            before.emplace_back(known ? found->second.entry.report : nullptr,
                                known ? found->second.entry.rendering : nullptr);
        }
    }
    std::vector<metrics::RenderingPtr> out;
    for (std::size_t i = 0; i < reports.size(); ++i) {
        const auto& [report, rendering] = before[i];
        const bool same = report && report->success == reports[i].success &&
                          report->samples.samples() == reports[i].samples.samples();
        out.push_back(same ? rendering : nullptr);
    }
    return out;
}

void Board::publish(Registration registration, std::vector<CollectorReport> reports,
                    const CycleTime& now) {
    std::vector<metrics::RenderingPtr> renderings = unchanged(registration, reports);
    bool news = false;
    for (std::size_t i = 0; i < reports.size(); ++i) {
        if (!renderings[i]) {
            renderings[i] = metrics::render(reports[i].samples.samples());
            news = true;
        }
    }
    {
        const std::lock_guard lock(mutex_);
        for (std::size_t i = 0; i < reports.size(); ++i) {
            CollectorReport& report = reports[i];
            const auto found = slots_.find(report.collector);
            if (found == slots_.end() || found->second.registration != registration) {
                continue; // replaced by a reload while its last cycle was under way
            }
            BoardEntry& entry = found->second.entry;
            dropped_duplicate_total_ += report.samples.dropped_duplicate();
            dropped_limit_total_ += report.samples.dropped_limit();
            entry.reported_at = now.steady;
            if (report.success) {
                entry.last_success_at = now.wall;
            }
            entry.rendering = std::move(renderings[i]);
            entry.report = std::make_shared<const CollectorReport>(std::move(report));
        }
        news_ = news_ || news;
    }
    if (news) { // else nobody waits for it
        changed_.notify_all();
    }
}

BoardView Board::view() const {
    const std::lock_guard lock(mutex_);
    BoardView out;
    out.entries.reserve(slots_.size());
    for (const auto& [name, slot] : slots_) {
        out.entries.push_back(slot.entry);
    }
    out.dropped_duplicate_total = dropped_duplicate_total_;
    out.dropped_limit_total = dropped_limit_total_;
    return out;
}

bool Board::wait_for_news(SteadyTime until) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, until, [this] { return news_; });
    return std::exchange(news_, false);
}

void Board::wake() {
    {
        const std::lock_guard lock(mutex_);
        news_ = true;
    }
    changed_.notify_all();
}

} // namespace opsmon::collect
