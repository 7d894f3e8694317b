#pragma once
// This component provides one attempt of a probe, of each kind. Every attempt ends at its deadline,
// whatever the other side does, and says in its outcome what it found. The collector `service`
// calls it from the thread of the service.

#include "collect/probe/outcome.hpp"
#include "base/resolver.hpp"
#include "config/config.hpp"

namespace opsmon::collect {

ProbeOutcome run_probe(const config::Service& service, Resolver& resolver, SteadyTime deadline);

void probe_http(const config::Service& service, Resolver& resolver, SteadyTime deadline,
                ProbeOutcome& out);
void probe_tcp(const config::Service& service, Resolver& resolver, SteadyTime deadline,
               ProbeOutcome& out);
void probe_postgres(const config::Service& service, Resolver& resolver, SteadyTime deadline,
                    ProbeOutcome& out);
void probe_systemd(const config::Service& service, SteadyTime deadline, ProbeOutcome& out);

// What a probe asks, for people and for the label `endpoint`: a path, an address, a unit.
std::string endpoint_of(const config::Service& service);

} // namespace opsmon::collect
