#include "postgres/slony_teller.hpp"

#include <utility>

#include "postgres/open_session.hpp"
#include "postgres/queries.hpp"
#include "postgres/read_rows.hpp"

namespace opsmon::postgres {
namespace {

// Asked beforehand: a refused call would stand in the server's log each minute.
constexpr const char* kMaySql = R"sql(
SELECT has_function_privilege(p.oid, 'EXECUTE')
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname = 'opsmon' AND p.proname = 'learn_slony'
   AND oidvectortypes(p.proargtypes) = 'jsonb, jsonb' LIMIT 1;)sql";

constexpr const char* kTellSql = R"sql(
SELECT nodes_written, deeds_written FROM opsmon.learn_slony($1::text::jsonb, $2::text::jsonb)
 LIMIT 1)sql";

bool read_may(Cells& cells) {
    return cells.needed_bool();
}

Result<bool> granted(const Answer& answer) {
    const auto may = read_rows(answer, 0, "opsmon.learn_slony()", read_may);
    if (!may) {
        return may.error();
    }
    if (!may->empty() && !may->front()) {
        return Error{"the extension may not be told of Slony-I; "
                     "GRANT EXECUTE ON FUNCTION opsmon.learn_slony(jsonb, jsonb) "
                     "to the sidecar's role"};
    }
    return !may->empty();
}

// Every session of the sidecar is read-only; this one alone calls a function that writes.
Result<Connection> open_writing(const config::Postgres& settings, SteadyTime deadline,
                                const StopSignal& stop) {
    auto opened = open_session(settings, deadline, stop);
    if (!opened) {
        return opened;
    }
    const auto prepared = opened->run("SET default_transaction_read_only = off", deadline, stop);
    if (!prepared || !prepared->error.empty()) {
        return Error{"cannot prepare the session: " +
                         (prepared ? prepared->error : prepared.error().message),
                     true};
    }
    return opened;
}

} // namespace

Result<void> SlonyTeller::tell(const std::vector<SlonyRows>& clusters,
                               const std::vector<SlonyDeedRow>& deeds, SteadyTime deadline,
                               const StopSignal& stop) {
    SlonyTold next{slony_news(clusters), slony_deeds_json(deeds), steady_now()};
    if (!worth_telling(told_, next.news, next.deeds, next.at)) {
        return {};
    }
    if (!backoff_.may_try(next.at)) {
        return last_failure_;
    }
    const auto done = tell_now(slony_inventory_json(clusters), next.deeds, deadline, stop);
    if (!done) {
        last_failure_ = done.error();
        backoff_.failed(steady_now());
        return done;
    }
    backoff_.succeeded();
    told_ = std::move(next);
    return {};
}

Result<void> SlonyTeller::tell_now(const std::string& nodes, const std::string& deeds,
                                   SteadyTime deadline, const StopSignal& stop) {
    const auto can = can_be_told(deadline, stop);
    if (!can) {
        return can.error();
    }
    if (!*can) {
        return {};
    }
    const auto answer = connection_->run(kTellSql, {nodes, deeds}, deadline, stop);
    if (!answer) {
        connection_.reset();
        return answer.error();
    }
    if (!answer->error.empty()) {
        return Error{"cannot tell the extension of Slony-I: " + answer->error, true};
    }
    return {};
}

Result<bool> SlonyTeller::can_be_told(SteadyTime deadline, const StopSignal& stop) {
    auto about = ask_server(deadline, stop);
    if (!about) {
        return about.error();
    }
    // Without the extension the schema, and a function in it, may be anybody's.
    const auto server = read_server(*about);
    if (!server) {
        return server.error();
    }
    if (server->in_recovery || !server->extension_version) {
        return false;
    }
    const auto may = connection_->run(kMaySql, deadline, stop);
    if (!may) {
        connection_.reset();
        return may.error();
    }
    return granted(*may);
}

// A connection that was lost since the last time (a restart) is replaced.
Result<Answer> SlonyTeller::ask_server(SteadyTime deadline, const StopSignal& stop) {
    if (connection_) {
        auto about = connection_->run(server_sql(), deadline, stop);
        if (about) {
            return about;
        }
        connection_.reset();
        if (steady_now() >= deadline) {
            return about;
        }
    }
    auto opened = open_writing(settings_, deadline, stop);
    if (!opened) {
        return opened.error();
    }
    connection_ = std::move(*opened);
    auto about = connection_->run(server_sql(), deadline, stop);
    if (!about) {
        connection_.reset();
    }
    return about;
}

} // namespace opsmon::postgres
