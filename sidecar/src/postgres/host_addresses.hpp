#pragma once
// This component provides `HostAddresses`: it puts the addresses of its hosts into a connection
// string, so that libpq, which waits for a name server without a limit, has no name to look up.
// Sessions are opened through it. It never waits longer than told, and never takes an address of
// long ago for one of today: who connects where a name led once watches the wrong server.

#include <chrono>
#include <memory>

#include "base/clock.hpp"
#include "base/resolver.hpp"
#include "base/result.hpp"
#include "base/scheduler.hpp"
#include "config/conninfo.hpp"

namespace opsmon::postgres {

struct Reachable {
    config::ConnectionOptions options;
    std::string left_out; // hosts that are not among them, and why; empty: none
};

class HostAddresses {
public:
    static constexpr std::size_t kMaxNames = 256; // remembered
    // An answer that came too late for one attempt is good for the next.
    static constexpr std::chrono::seconds kLateIsGood{30};

    explicit HostAddresses(const Lookup& lookup = look_up_any_family,
                           std::chrono::milliseconds late_is_good = kLateIsGood);

    // The options with a `hostaddr` for each `host`, which is there once for each of its addresses,
    // the first `Resolver::kMaxAddresses`. Of the time until `deadline` some is left for
    // connecting. As libpq does it, a host that is said not to exist is left out; so is one after
    // the first of which a quarter of the time has told nothing. When the name server says nothing
    // of the first, that is the error: another host is not taken in its place. What has no name is
    // returned as it is; what is left to libpq, too: a string with a `hostaddr` or a `service`,
    // lists with empty elements, ports that do not go with the hosts, and what PGHOSTADDR,
    // PGSERVICE or a list in PGPORT would add.
    Result<Reachable> add_to(config::ConnectionOptions options, SteadyTime deadline,
                             const StopSignal& stop);

private:
    class Answers;
    Result<std::vector<SocketAddress>> addresses_of(const std::string& host, SteadyTime until,
                                                    const StopSignal& stop);

    std::shared_ptr<Answers> answers_;
    std::chrono::milliseconds late_is_good_;
    Resolver resolver_;
};

} // namespace opsmon::postgres
