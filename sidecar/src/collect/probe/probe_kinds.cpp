#include "collect/probe/probe_kinds.hpp"

namespace opsmon::collect {

ProbeOutcome run_probe(const config::Service& service, Resolver& resolver, SteadyTime deadline) {
    ProbeOutcome out;
    switch (service.kind) {
    case config::ProbeKind::Http:
        probe_http(service, resolver, deadline, out);
        break;
    case config::ProbeKind::Tcp:
        probe_tcp(service, resolver, deadline, out);
        break;
    case config::ProbeKind::Systemd:
        probe_systemd(service, deadline, out);
        break;
    case config::ProbeKind::Postgres:
        probe_postgres(service, resolver, deadline, out);
        break;
    }
    return out;
}

std::string endpoint_of(const config::Service& service) {
    switch (service.kind) {
    case config::ProbeKind::Http:
        return service.url.path;
    case config::ProbeKind::Systemd:
        return service.unit;
    default:
        return service.socket_path.empty() ? service.address.to_string() : service.socket_path;
    }
}

} // namespace opsmon::collect
