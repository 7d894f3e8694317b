#include "collect/probe/probe_document.hpp"

#include <nlohmann/json.hpp>

#include "collect/probe/probe_kinds.hpp"

namespace opsmon::collect {
namespace {

using nlohmann::json;

const char* kind_name(config::ProbeKind kind) {
    switch (kind) {
    case config::ProbeKind::Http:
        return "http";
    case config::ProbeKind::Tcp:
        return "tcp";
    case config::ProbeKind::Systemd:
        return "systemd";
    case config::ProbeKind::Postgres:
        return "postgres";
    }
    return "";
}

json write_outcome(const ProbeOutcome& outcome, bool with_steps) {
    json phases = json::object();
    for (std::size_t i = 0; i < outcome.phase_seconds.size(); ++i) {
        if (outcome.phase_seconds[i]) {
            phases[std::string(to_string(static_cast<Phase>(i)))] = *outcome.phase_seconds[i];
        }
    }
    json out{{"time", static_cast<double>(outcome.begun_at) / 1000},
             {"duration_seconds", outcome.took_seconds},
             {"success", outcome.good()},
             {"phases", std::move(phases)}};
    if (!outcome.good()) {
        out["reason"] = to_string(outcome.reason);
        out["detail"] = outcome.detail;
    }
    if (outcome.http_status) {
        out["http_status"] = *outcome.http_status;
    }
    if (outcome.tls_expiry) {
        out["tls_expiry"] = *outcome.tls_expiry;
    }
    if (!outcome.unit_state.empty()) {
        out["unit_state"] = outcome.unit_state;
    }
    if (with_steps) {
        out["steps"] = outcome.steps;
    }
    return out;
}

json write_outcomes(const std::deque<ProbeOutcome>& outcomes, bool with_steps) {
    json out = json::array();
    for (const ProbeOutcome& outcome : outcomes) {
        out.push_back(write_outcome(outcome, with_steps));
    }
    return out;
}

std::string write(const std::vector<std::pair<config::Service, ProbeRecord::View>>& services,
                  bool with_steps) {
    json list = json::array();
    for (const auto& [service, view] : services) {
        list.push_back({{"service", service.name},
                        {"kind", kind_name(service.kind)},
                        {"endpoint", endpoint_of(service)},
                        {"last", write_outcomes(view.last, with_steps)},
                        {"last_failures", write_outcomes(view.failures, with_steps)}});
    }
    const json out{{"status", "success"},
                   {"data", {{"steps_left_out", !with_steps}, {"probes", std::move(list)}}}};
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace

std::string
write_probe_document(const std::vector<std::pair<config::Service, ProbeRecord::View>>& services,
                     std::size_t max_bytes) {
    std::string whole = write(services, true);
    return whole.size() <= max_bytes ? whole : write(services, false);
}

} // namespace opsmon::collect
