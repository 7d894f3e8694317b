#pragma once
// This component provides the collector `service`: probes of the services in the settings, each in
// a thread of its own so that none delays another, and what they found as metrics and as a
// document. It holds no state of a probe's attempt; probe_kinds does that.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/scheduler.hpp"
#include "collect/documents.hpp"
#include "collect/probe/probe_record.hpp"
#include "base/resolver.hpp"
#include "collect/probe/service_state.hpp"
#include "collect/source.hpp"
#include "config/config.hpp"

namespace opsmon::collect {

// One service with its thread. Stops probing when it is destroyed, without waiting for it.
class ServiceProbe {
public:
    ServiceProbe(config::Service settings, std::shared_ptr<Resolver> resolver,
                 const ServiceProbe* predecessor);
    ~ServiceProbe();
    ServiceProbe(const ServiceProbe&) = delete;
    ServiceProbe& operator=(const ServiceProbe&) = delete;

    [[nodiscard]] const config::Service& settings() const { return settings_; }
    [[nodiscard]] ServiceState::View view() const { return shared_->state.view(); }
    [[nodiscard]] ProbeRecord::View record() const { return shared_->record.view(); }
    [[nodiscard]] ProbeRecord::Summary summary() const { return shared_->record.summary(); }

    // Counts an attempt as failed that hangs beyond its time-out, where no deadline reaches, such
    // as in a file system.
    void give_up_if_late(SteadyTime now);

private:
    struct Shared {
        Shared(const config::Service& service, std::shared_ptr<Resolver> own_resolver)
            : settings(service), state(service.timeout), resolver(std::move(own_resolver)) {}
        const config::Service settings;
        ServiceState state;
        ProbeRecord record;
        std::shared_ptr<Resolver> resolver;
    };

    config::Service settings_;
    std::shared_ptr<Shared> shared_;
    std::unique_ptr<PeriodicTask> task_;
};

class ServiceSource : public Source {
public:
    // Services that `predecessor` (may be null) has too go on as they were.
    ServiceSource(const std::vector<config::Service>& services, const ServiceSource* predecessor,
                  Lookup lookup = look_up);

    [[nodiscard]] std::vector<std::string> collectors() const override { return {"service"}; }
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

    // The document of these services, also when this source is gone.
    [[nodiscard]] Documents::Write document() const;

private:
    std::shared_ptr<Resolver> resolver_;
    std::vector<std::shared_ptr<ServiceProbe>> probes_;
};

} // namespace opsmon::collect
