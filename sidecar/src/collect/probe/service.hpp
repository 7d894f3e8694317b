#pragma once
// This component provides the collector `service`: HTTP probes of the services in the settings,
// each in a thread of its own so that none delays another, and their health and response times as
// metrics. It never follows a redirect and asks nothing but GET.

#include <memory>
#include <string>
#include <vector>

#include "base/http_client.hpp"
#include "base/scheduler.hpp"
#include "collect/probe/service_state.hpp"
#include "collect/source.hpp"
#include "config/config.hpp"

namespace opsmon::collect {

// One service with its thread. Stops probing when it is destroyed, without waiting for it.
class ServiceProbe {
public:
    ServiceProbe(config::Service settings, const ServiceProbe* predecessor);
    ~ServiceProbe();
    ServiceProbe(const ServiceProbe&) = delete;
    ServiceProbe& operator=(const ServiceProbe&) = delete;

    [[nodiscard]] const config::Service& settings() const { return settings_; }
    [[nodiscard]] ServiceState::View view() const { return shared_->state.view(); }

    // Ends an attempt that takes longer than its time-out: a server that answers byte by byte.
    void give_up_if_late(SteadyTime now);

private:
    struct Shared {
        explicit Shared(const config::Service& service)
            : state(service.timeout), client(service.url, service.timeout) {}
        ServiceState state;
        HttpClient client;
    };

    config::Service settings_;
    std::shared_ptr<Shared> shared_;
    std::unique_ptr<PeriodicTask> task_;
};

class ServiceSource : public Source {
public:
    // Services that `predecessor` (may be null) has too go on as they were.
    ServiceSource(const std::vector<config::Service>& services, const ServiceSource* predecessor);

    [[nodiscard]] std::vector<std::string> collectors() const override { return {"service"}; }
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

private:
    std::vector<std::shared_ptr<ServiceProbe>> probes_;
};

} // namespace opsmon::collect
