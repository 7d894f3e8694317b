#include "postgres/open_session.hpp"

#include <algorithm>
#include <utility>

#include "postgres/host_addresses.hpp"
#include "postgres/queries.hpp"

namespace opsmon::postgres {
namespace {

// One for all: what a name server has said to one session is good for the next. Threads that are
// left behind at the end may still use it.
HostAddresses& host_addresses() {
    static auto& shared = *new HostAddresses;
    return shared;
}

Result<Connection> connect(const config::Postgres& settings, const std::string* database,
                           SteadyTime deadline, const StopSignal& stop) {
    auto options = config::check_conninfo(settings.conninfo);
    if (!options) {
        return options.error();
    }
    if (!settings.password_file.empty()) {
        auto password = config::read_password(settings.password_file);
        if (!password) {
            return password.error();
        }
        options->insert_or_assign("password", std::move(*password));
    }
    if (database != nullptr) {
        options->insert_or_assign("dbname", *database);
    }
    // Asking a Kerberos server blocks inside libpq; whoever wants it says so.
    options->try_emplace("gssencmode", "disable");
    options->try_emplace("application_name", "opsmon-sidecar");
    const auto reachable = host_addresses().add_to(std::move(*options), deadline, stop);
    if (!reachable) {
        return reachable.error();
    }
    auto opened = Connection::open(reachable->options, deadline, stop);
    if (!opened && !reachable->left_out.empty()) {
        return opened.error().with_prefix(reachable->left_out);
    }
    return opened;
}

Result<Connection> open(const config::Postgres& settings, const std::string* database,
                        SteadyTime deadline, const StopSignal& stop) {
    const SteadyTime connect_deadline = std::min(deadline, steady_now() + settings.connect_timeout);
    auto opened = connect(settings, database, connect_deadline, stop);
    if (!opened) {
        return opened.error().with_prefix("cannot connect");
    }
    const auto prepared = opened->run(
        session_sql({settings.statement_timeout, settings.lock_timeout}), deadline, stop);
    if (!prepared || !prepared->error.empty()) {
        const std::string reason = prepared ? prepared->error : prepared.error().message;
        return Error{"cannot prepare the session: " + reason, true};
    }
    return opened;
}

} // namespace

Result<Connection> open_session(const config::Postgres& settings, SteadyTime deadline,
                                const StopSignal& stop) {
    return open(settings, nullptr, deadline, stop);
}

Result<Connection> open_session_in(const std::string& database, const config::Postgres& settings,
                                   SteadyTime deadline, const StopSignal& stop) {
    return open(settings, &database, deadline, stop);
}

} // namespace opsmon::postgres
