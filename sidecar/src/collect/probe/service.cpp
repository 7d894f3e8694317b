#include "collect/probe/service.hpp"

#include <utility>

#include "base/log.hpp"
#include "collect/probe/probe_document.hpp"
#include "collect/probe/probe_kinds.hpp"
#include "collect/probe/probe_phase.hpp"
#include "collect/probe/unit_state.hpp"

namespace opsmon::collect {
namespace {

constexpr std::chrono::milliseconds kGrace{1000}; // an attempt ends itself well before

// Writes a service's change of health, or of what is wrong with it, into the log.
class HealthLog {
public:
    explicit HealthLog(std::string service) : service_(std::move(service)) {}

    void note(const ProbeOutcome& outcome) {
        const bool healthy = outcome.good();
        std::string reason = healthy ? "" : outcome.detail;
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
        const config::Service& known = probe->settings();
        if (known.name == service.name && known.kind == service.kind && known.url == service.url &&
            known.address == service.address && known.socket_path == service.socket_path &&
            known.unit == service.unit) {
            return probe.get();
        }
    }
    return nullptr;
}

void add_record(const ProbeRecord::Summary& record, const config::Service& service,
                metrics::SampleList& samples) {
    for (std::size_t i = 1; i < record.failed.size(); ++i) {
        if (record.failed[i] != 0) {
            samples.add<"service_probe_failures_total">(static_cast<double>(record.failed[i]),
                                                        service.name,
                                                        to_string(static_cast<Reason>(i)));
        }
    }
    if (record.last_success_at) {
        samples.add<"service_last_success_timestamp_seconds">(
            static_cast<double>(*record.last_success_at) / 1000, service.name);
    }
    if (record.tls_expiry) {
        samples.add<"service_tls_expiry_timestamp_seconds">(static_cast<double>(*record.tls_expiry),
                                                            service.name);
    }
    for (std::size_t i = 0; i < record.phase_seconds.size(); ++i) {
        samples.add<"service_probe_phase_seconds">(record.phase_seconds[i], service.name,
                                                   to_string(static_cast<Phase>(i)));
    }
    if (record.http_status) {
        samples.add<"service_http_status">(*record.http_status, service.name);
    }
    if (!record.unit_state.empty()) {
        for (const std::string_view state : kUnitStates) {
            samples.add<"service_systemd_unit_state">(state == record.unit_state ? 1 : 0,
                                                      service.name, state);
        }
    }
}

} // namespace

ServiceProbe::ServiceProbe(config::Service settings, std::shared_ptr<Resolver> resolver,
                           const ServiceProbe* predecessor)
    : settings_(std::move(settings)),
      shared_(std::make_shared<Shared>(settings_, std::move(resolver))) {
    if (predecessor != nullptr) {
        shared_->state.continue_from(predecessor->shared_->state);
        shared_->record.continue_from(predecessor->shared_->record);
    }
    const auto delay = first_probe_delay(settings_.name, settings_.interval, wall_now());
    task_ = std::make_unique<PeriodicTask>(
        "probe", settings_.interval,
        [shared = shared_, health_log = HealthLog(settings_.name)](const StopSignal& stop) mutable {
            const SteadyTime begun = steady_now();
            const TimestampMs begun_wall = wall_now();
            const auto attempt = shared->state.begin(begun);
            ProbeOutcome outcome =
                run_probe(shared->settings, *shared->resolver, begun + shared->settings.timeout);
            const SteadyTime ended = steady_now();
            outcome.begun_at = begun_wall;
            outcome.took_seconds = std::chrono::duration<double>(ended - begun).count();
            if (outcome.good() && ended - begun > shared->settings.timeout) {
                outcome.fail(Reason::Timeout, "answered after the time-out");
            }
            if (!shared->state.end(attempt, outcome.good(), ended)) {
                return; // given up, counted and recorded
            }
            if (!stop.requested()) {
                health_log.note(outcome);
            }
            shared->record.add(std::move(outcome));
        },
        delay);
}

ServiceProbe::~ServiceProbe() {
    task_->request_stop();
}

void ServiceProbe::give_up_if_late(SteadyTime now) {
    if (shared_->state.give_up_if_late(now - kGrace)) {
        ProbeOutcome outcome;
        outcome.took_seconds = std::chrono::duration<double>(settings_.timeout + kGrace).count();
        outcome.begun_at = wall_now() - static_cast<TimestampMs>(outcome.took_seconds * 1000);
        outcome.fail(Reason::Timeout, "the probe itself hangs");
        shared_->record.add(std::move(outcome));
    }
}

ServiceSource::ServiceSource(const std::vector<config::Service>& services,
                             const ServiceSource* predecessor, Lookup lookup)
    : resolver_(predecessor != nullptr ? predecessor->resolver_
                                       : std::make_shared<Resolver>(std::move(lookup))) {
    for (const config::Service& service : services) {
        std::shared_ptr<ServiceProbe> same;
        const ServiceProbe* similar = nullptr;
        if (predecessor != nullptr) {
            similar = find_same(predecessor->probes_, service);
            for (const auto& probe : predecessor->probes_) {
                same = probe->settings() == service ? probe : same;
            }
        }
        probes_.push_back(same ? same
                               : std::make_shared<ServiceProbe>(service, resolver_, similar));
    }
}

std::vector<CollectorReport> ServiceSource::collect(const CycleTime& now, const StopSignal&) {
    CollectorReport report;
    report.collector = "service";
    report.success = true;
    for (const auto& probe : probes_) {
        probe->give_up_if_late(now.steady);
        const ServiceState::View view = probe->view();
        const config::Service& service = probe->settings();
        if (!view.healthy) { // not asked yet: whoever fired before a restart may still be ill
            report.silent.push_back({"service", service.name});
            continue;
        }
        report.samples.add<"service_health_status">(*view.healthy ? 1 : 0, service.name);
        if (!*view.healthy) {
            report.silent.push_back({"service", service.name});
        }
        report.samples.add_histogram<"service_response_time_seconds">(
            view.response_times, service.name, endpoint_of(service));
        add_record(probe->summary(), service, report.samples);
    }
    return {report};
}

Documents::Write ServiceSource::document() const {
    return [probes = probes_] {
        std::vector<std::pair<config::Service, ProbeRecord::View>> all;
        for (const auto& probe : probes) {
            all.emplace_back(probe->settings(), probe->record());
        }
        return write_probe_document(all);
    };
}

} // namespace opsmon::collect
