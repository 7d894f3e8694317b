#include "postgres/slony_database.hpp"

#include "postgres/open_session.hpp"
#include "postgres/slony_discovery.hpp"
#include "postgres/slony_queries.hpp"

namespace opsmon::postgres {
namespace {

constexpr const char* kInsufficientPrivilege = "42501";
constexpr const char* kKnownVersion = "2.2.";

// Older ones have other tables; what is read of them could be wrong without looking so.
bool is_known_version(const SlonyClusterRow& found) {
    return found.version && found.version->starts_with(kKnownVersion);
}

std::string unknown_version(const SlonyClusterRow& found) {
    return "Slony-I " + found.version.value_or("of an unknown version") +
           " is not understood; 2.2 is";
}

std::string explain(const Answer& answer, const SlonyClusterRow& found) {
    if (answer.error_code == kInsufficientPrivilege) {
        return answer.error + "; as a superuser run slony/read.sql in database " + found.database;
    }
    return answer.error;
}

} // namespace

config::Postgres slony_login(const config::Postgres& server, const config::Slony& slony) {
    config::Postgres out = server;
    if (!slony.conninfo.empty()) {
        out.conninfo = slony.conninfo;
        out.password_file = slony.password_file;
    }
    return out;
}

Result<Answer> ask_databases(const config::Postgres& login, SteadyTime deadline,
                             const StopSignal& stop) {
    auto opened = open_session(login, deadline, stop);
    if (!opened) {
        return opened.error();
    }
    return opened->run(slony_databases_sql(), deadline, stop);
}

// A connection that was lost since the last time (a restart) is replaced within this one.
Result<Answer> SlonyDatabase::run(const std::string& sql, SteadyTime deadline,
                                  const StopSignal& stop) {
    if (connection_) {
        auto answer = connection_->run(sql, deadline, stop);
        if (answer) {
            return answer;
        }
        connection_.reset();
        if (steady_now() >= deadline) {
            return answer;
        }
    }
    auto opened = open_session_in(name_, login_, deadline, stop);
    if (!opened) {
        return opened.error();
    }
    connection_ = std::move(*opened);
    auto answer = connection_->run(sql, deadline, stop);
    if (!answer) {
        connection_.reset();
    }
    return answer;
}

Result<void> SlonyDatabase::examine(SteadyTime deadline, const StopSignal& stop) {
    const auto answer = run(slony_clusters_sql(), deadline, stop);
    if (!answer) {
        return answer.error();
    }
    auto found = read_slony_clusters(*answer);
    if (!found) {
        return found.error();
    }
    clusters_ = std::move(*found);
    examine_first_ = false;
    if (clusters_.empty()) {
        connection_.reset();
    }
    return {};
}

SlonyLook SlonyDatabase::read(SteadyTime deadline, const StopSignal& stop) {
    SlonyLook out;
    if (examine_first_) {
        if (const auto examined = examine(deadline, stop); !examined) {
            out.error = examined.error().message;
        }
    }
    for (const SlonyClusterRow& found : clusters_) {
        if (!out.error.empty()) {
            out.unread.push_back({found, out.error});
            continue;
        }
        auto rows = read_cluster(found, deadline, stop);
        if (rows) {
            out.clusters.push_back(std::move(*rows));
            continue;
        }
        if (!connection_) {
            out.error = rows.error().message;
        }
        examine_first_ = true;
        out.unread.push_back({found, rows.error().message});
    }
    return out;
}

Result<SlonyRows> SlonyDatabase::read_cluster(const SlonyClusterRow& found, SteadyTime deadline,
                                              const StopSignal& stop) {
    if (!is_known_version(found)) {
        return Error{unknown_version(found)};
    }
    if (!connection_) { // quoting is the connection's
        auto opened = open_session_in(name_, login_, deadline, stop);
        if (!opened) {
            return opened.error();
        }
        connection_ = std::move(*opened);
    }
    const auto identifier = connection_->quote_identifier(found.schema);
    const auto literal = connection_->quote_literal(found.schema);
    if (!identifier || !literal) {
        return Error{"its schema has a name that cannot be quoted"};
    }
    const auto answer = run(slony_sql({*identifier, *literal}), deadline, stop);
    if (!answer) {
        return answer.error();
    }
    if (!answer->error.empty()) {
        return Error{explain(*answer, found)};
    }
    return read_slony(*answer, found);
}

} // namespace opsmon::postgres
