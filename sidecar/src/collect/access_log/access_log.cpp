#include "collect/access_log/access_log.hpp"

#include <algorithm>
#include <utility>

namespace opsmon::collect {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;
constexpr std::uint64_t kMaxCycleBytes = 256ULL << 20;
constexpr std::size_t kShownAtMost = 20;

std::shared_ptr<ServiceLog> find_same(const std::vector<std::shared_ptr<ServiceLog>>& services,
                                      const config::AccessLog& settings) {
    for (const auto& service : services) {
        if (service->settings() == settings) {
            return service;
        }
    }
    return nullptr;
}

} // namespace

std::size_t shown_by_each(std::size_t services) {
    // What strangers ask for is in the names of these: all logs together may have so many series.
    constexpr std::size_t kSeriesOfAll = 2000;
    const std::size_t share = kSeriesOfAll / std::max<std::size_t>(services, 1);
    constexpr std::size_t kOthers = ServiceLog::kHealthSeries + RequestCounts::kMaxSeries;
    return std::min(kShownAtMost,
                    (std::max(share, kOthers) - kOthers) / RequestCounts::kSeriesPerShown);
}

AccessLogSource::AccessLogSource(const std::vector<config::AccessLog>& services,
                                 const std::shared_ptr<store::Store>& store,
                                 std::shared_ptr<Signals> signals,
                                 std::chrono::milliseconds patience,
                                 const AccessLogSource* predecessor, LogFileLimits files)
    : signals_(std::move(signals)),
      patience_(patience),
      files_(files),
      busiest_(services.size()),
      buffer_(kBufferBytes) {
    TopLimits limits;
    limits.shown = shown_by_each(services.size());
    for (const config::AccessLog& settings : services) {
        auto same = predecessor != nullptr ? find_same(predecessor->services_, settings) : nullptr;
        services_.push_back(same ? same : std::make_shared<ServiceLog>(settings, store, limits));
        services_.back()->show_at_most(limits.shown);
    }
}

std::vector<CollectorReport> AccessLogSource::collect(const CycleTime& now,
                                                      const StopSignal& stop) {
    CollectorReport report;
    report.collector = "access_log";
    ReadBudget budget = budget_at(now.steady);
    // Whoever uses the budget up must not do so at the cost of the same others each time.
    first_ = (first_ + 1) % std::max<std::size_t>(services_.size(), 1);
    for (std::size_t i = 0; i < services_.size() && !stop.requested(); ++i) {
        const std::size_t index = (first_ + i) % services_.size();
        const std::lock_guard lock(services_[index]->mutex());
        services_[index]->look(buffer_, budget, now.steady);
        note_busiest(*services_[index], index, now.steady);
    }
    std::vector<RequestsView> views;
    for (const auto& service : services_) {
        const std::lock_guard lock(service->mutex());
        service->add_health(report.samples);
        views.push_back(view_requests(service->settings().service, service->counts()));
        views.back().errors = service->errors();
    }
    for (const auto& service : services_) {
        const std::lock_guard lock(service->mutex());
        if (!service->errors().empty()) {
            report.silent.push_back({"service", service->settings().service});
        }
        if (!service->is_silent()) {
            service->add_requests(report.samples);
        }
    }
    document_->replace(std::move(views));
    put_signal(now.steady);
    report.success = true;
    return {report};
}

ReadBudget AccessLogSource::budget_at(SteadyTime now) const {
    std::size_t logs = 0;
    std::size_t files = 0;
    for (const auto& service : services_) {
        const std::lock_guard lock(service->mutex());
        logs += service->open_logs();
        files += service->open_files();
    }
    ReadBudget budget{kMaxCycleBytes, now + patience_};
    budget.new_logs = files_.logs - std::min(files_.logs, logs);
    budget.files = files_.files - std::min(files_.files, files);
    return budget;
}

void AccessLogSource::note_busiest(ServiceLog& service, std::size_t index, SteadyTime now) {
    if (auto busiest = service.counts().take_busiest(now)) {
        busiest_[index] = std::move(*busiest);
        busiest_is_new_ = true;
    }
}

void AccessLogSource::put_signal(SteadyTime now) {
    if (!signals_ || !std::exchange(busiest_is_new_, false)) {
        return;
    }
    const auto top = std::max_element(busiest_.begin(), busiest_.end(),
                                      [](const BusiestClient& a, const BusiestClient& b) {
                                          return a.requests_per_second < b.requests_per_second;
                                      });
    signals_->put(Signal::ClientRequestRate, {top->requests_per_second, top->detail, now});
}

} // namespace opsmon::collect
