#include "remedy/try_node.hpp"

#include "collect/probe/probe_kinds.hpp"

namespace opsmon::remedy {
namespace {

// What an attempt ends with when nobody is there; all else is an answer of somebody, or of a
// resolver.
bool is_nobody(const collect::ProbeOutcome& outcome) {
    const auto connect = static_cast<std::size_t>(collect::Phase::Connect);
    const bool connected = outcome.phase_seconds[connect].has_value();
    switch (outcome.reason) {
    case collect::Reason::Refused:
    case collect::Reason::Unreachable:
        return true;
    case collect::Reason::Timeout:
        return !connected;
    default:
        return false;
    }
}

} // namespace

std::pair<Tried, std::string> try_address(const HostPort& address, Resolver& resolver,
                                          std::chrono::milliseconds patience) {
    const std::string where = address.host + ':' + std::to_string(address.port);
    if (address.host.starts_with('/')) {
        return {Tried::Unsure, where + ": a unix socket says nothing of another machine"};
    }
    config::Service service;
    service.address = address;
    std::string last;
    for (const config::ProbeKind kind : {config::ProbeKind::Tcp, config::ProbeKind::Postgres}) {
        service.kind = kind;
        collect::ProbeOutcome outcome;
        const SteadyTime deadline = steady_now() + patience;
        if (kind == config::ProbeKind::Tcp) {
            collect::probe_tcp(service, resolver, deadline, outcome);
        } else {
            collect::probe_postgres(service, resolver, deadline, outcome);
        }
        last = outcome.detail.empty() ? std::string(to_string(outcome.reason)) : outcome.detail;
        if (outcome.good()) {
            return {Tried::Answered, where + ": somebody answers there"};
        }
        if (!is_nobody(outcome)) {
            return {outcome.reason == collect::Reason::Dns ? Tried::Unsure : Tried::Answered,
                    where + ": " + last};
        }
    }
    return {Tried::Nobody, where + ": " + last};
}

} // namespace opsmon::remedy
