#include "collect/probe/service.hpp"

#include <utility>

#include "base/log.hpp"

namespace opsmon::collect {
namespace {

// Writes a service's change of health, or of what is wrong with it, into the log.
class HealthLog {
public:
    explicit HealthLog(std::string service) : service_(std::move(service)) {}

    void note(bool healthy, const HttpOutcome& outcome) {
        std::string reason;
        if (!healthy) {
            reason = outcome.status == 0 ? outcome.error
                     : is_healthy_status(outcome.status)
                         ? "answered after the time-out"
                         : "HTTP status " + std::to_string(outcome.status);
        }
        if (reason == last_reason_) {
            return;
        }
        if (healthy) {
            log::info("service is healthy again", {{"service", service_}});
        } else {
            log::warning("service is not healthy", {{"service", service_}, {"error", reason}});
        }
        last_reason_ = std::move(reason);
    }

private:
    std::string service_;
    std::string last_reason_;
};

const ServiceProbe* find_same(const std::vector<std::shared_ptr<ServiceProbe>>& probes,
                              const config::Service& service) {
    for (const auto& probe : probes) {
        if (probe->settings().name == service.name && probe->settings().url == service.url) {
            return probe.get();
        }
    }
    return nullptr;
}

} // namespace

ServiceProbe::ServiceProbe(config::Service settings, const ServiceProbe* predecessor)
    : settings_(std::move(settings)), shared_(std::make_shared<Shared>(settings_)) {
    if (predecessor != nullptr) {
        shared_->state.continue_from(predecessor->shared_->state);
    }
    task_ = std::make_unique<PeriodicTask>(
        "probe", settings_.interval,
        [shared = shared_, health_log = HealthLog(settings_.name)](const StopSignal& stop) mutable {
            const auto attempt = shared->state.begin(steady_now());
            const HttpOutcome outcome = shared->client.get();
            const bool healthy =
                shared->state.end(attempt, is_healthy_status(outcome.status), steady_now());
            if (!stop.requested()) {
                health_log.note(healthy, outcome);
            }
        });
}

ServiceProbe::~ServiceProbe() {
    task_->request_stop();
    shared_->client.abort();
}

void ServiceProbe::give_up_if_late(SteadyTime now) {
    if (shared_->state.give_up_if_late(now)) {
        shared_->client.abort();
    }
}

ServiceSource::ServiceSource(const std::vector<config::Service>& services,
                             const ServiceSource* predecessor) {
    for (const config::Service& service : services) {
        std::shared_ptr<ServiceProbe> same;
        const ServiceProbe* similar = nullptr;
        if (predecessor != nullptr) {
            similar = find_same(predecessor->probes_, service);
            for (const auto& probe : predecessor->probes_) {
                same = probe->settings() == service ? probe : same;
            }
        }
        probes_.push_back(same ? same : std::make_shared<ServiceProbe>(service, similar));
    }
}

std::vector<CollectorReport> ServiceSource::collect(const CycleTime& now, const StopSignal&) {
    CollectorReport report;
    report.collector = "service";
    report.success = true;
    for (const auto& probe : probes_) {
        probe->give_up_if_late(now.steady);
        const ServiceState::View view = probe->view();
        if (!view.healthy) {
            continue;
        }
        const config::Service& service = probe->settings();
        report.samples.add<"service_health_status">(*view.healthy ? 1 : 0, service.name);
        report.samples.add_histogram<"service_response_time_seconds">(
            view.response_times, service.name, service.url.path);
    }
    return {report};
}

} // namespace opsmon::collect
