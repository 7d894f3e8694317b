#pragma once
// This component provides `HostAddresses`: it puts the addresses of its hosts into a connection
// string, so that libpq, which waits for a name server without a limit, has no name to look up.
// Sessions are opened through it. While the name server gives no answer, its last one is good; once
// it says that there is no such name, it is not. It never waits longer than told.

#include <memory>

#include "base/clock.hpp"
#include "base/resolver.hpp"
#include "base/result.hpp"
#include "config/conninfo.hpp"

namespace opsmon::postgres {

class HostAddresses {
public:
    static constexpr std::size_t kMaxNames = 256; // remembered

    explicit HostAddresses(const Lookup& lookup = look_up_any_family);

    // The options with a `hostaddr` for each `host`, which is there once for each of its addresses.
    // As they are where libpq has nothing to look up (sockets, a `hostaddr`), and where a host or
    // its address may stand elsewhere (in a service file, in PGHOST or PGHOSTADDR). Each lookup has
    // an even share of the time until `deadline`, and so has the connection after them. A host that
    // cannot be looked up is left out, as libpq does; an error is that there is no other.
    Result<config::ConnectionOptions> add_to(config::ConnectionOptions options,
                                             SteadyTime deadline);

private:
    class Known;
    Result<std::vector<SocketAddress>> addresses_of(const std::string& host, SteadyTime deadline);

    std::shared_ptr<Known> known_;
    Resolver resolver_;
};

} // namespace opsmon::postgres
