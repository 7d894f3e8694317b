#pragma once
// This component provides the collector `access_log`: requests, errors and durations of services,
// from the access logs that they write anyway. A cycle is bounded in bytes and time, whatever the
// logs hold. A log that cannot be followed is a metric and a line in the sidecar's log, not a
// failure of the collector. It never writes to a log.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/file_limit.hpp"
#include "collect/access_log/requests_document.hpp"
#include "collect/access_log/service_log.hpp"
#include "collect/network/signals.hpp"
#include "collect/source.hpp"

namespace opsmon::collect {

// Of the process's files: logs that are followed may be a quarter, and half with the old ones that
// are open during a rotation.
struct LogFileLimits {
    std::size_t logs;
    std::size_t files;
};

// How many endpoints and clients each of so many services can show.
std::size_t shown_by_each(std::size_t services);

class AccessLogSource : public Source {
public:
    // `store` may be null. Services whose settings `predecessor` (may be null) has too go on as
    // they were.
    AccessLogSource(const std::vector<config::AccessLog>& services,
                    const std::shared_ptr<store::Store>& store, std::shared_ptr<Signals> signals,
                    std::chrono::milliseconds patience, const AccessLogSource* predecessor,
                    LogFileLimits files = {file_limit() / 4, file_limit() / 2});

    [[nodiscard]] std::vector<std::string> collectors() const override { return {"access_log"}; }
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

    // What writes /api/v1/requests, from any thread.
    [[nodiscard]] std::function<std::string()> document() const {
        return [document = document_] { return document->write(); };
    }

private:
    [[nodiscard]] ReadBudget budget_at(SteadyTime now) const;
    void note_busiest(ServiceLog& service, std::size_t index, SteadyTime now);
    void put_signal(SteadyTime now);

    std::vector<std::shared_ptr<ServiceLog>> services_;
    std::shared_ptr<Signals> signals_;
    std::chrono::milliseconds patience_;
    LogFileLimits files_;
    std::shared_ptr<RequestsDocument> document_ = std::make_shared<RequestsDocument>();
    std::vector<BusiestClient> busiest_; // per service
    bool busiest_is_new_ = false;
    std::vector<char> buffer_;
    std::size_t first_ = 0; // who is read first this time
};

} // namespace opsmon::collect
