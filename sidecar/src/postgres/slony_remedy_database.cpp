#include "postgres/slony_remedy_database.hpp"

#include <utility>

#include "postgres/open_session.hpp"
#include "postgres/queries.hpp"
#include "postgres/read_rows.hpp"
#include "postgres/slony_remedy_queries.hpp"

namespace opsmon::postgres {
namespace {

constexpr std::size_t kWritten = 2; // among the results of write()

std::string interval_literal(config::milliseconds duration) {
    return "'" + std::to_string(duration.count()) + " milliseconds'";
}

double read_number(Cells& cells) {
    return cells.needed_number();
}

Result<Answer> without_error(Result<Answer> answer) {
    if (answer && !answer->error.empty()) {
        return Error{answer->error, true};
    }
    return answer;
}

} // namespace

Result<void> SlonyRemedyDatabase::connect(SteadyTime deadline, const StopSignal& stop) {
    auto opened = name_.empty() ? open_session(login_, deadline, stop)
                                : open_session_in(name_, login_, deadline, stop);
    if (!opened) {
        return opened.error();
    }
    connection_ = std::move(*opened);
    return {};
}

// One try only: what was sent may have been done. A connection that failed is opened anew for the
// next question.
Result<Answer> SlonyRemedyDatabase::run(const std::string& sql, SteadyTime deadline,
                                        const StopSignal& stop) {
    if (!connection_) {
        if (auto connected = connect(deadline, stop); !connected) {
            return connected.error();
        }
    }
    auto answer = connection_->run(sql, deadline, stop);
    if (!answer) {
        connection_.reset();
    }
    return without_error(std::move(answer));
}

// Sessions read only unless they say otherwise. What failed is rolled back by ending the session.
Result<Answer> SlonyRemedyDatabase::write(const std::string& select, SteadyTime deadline,
                                          const StopSignal& stop) {
    auto answer = run("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; "
                      "SET LOCAL statement_timeout = '5s'; " +
                          select + "; COMMIT",
                      deadline, stop);
    if (!answer) {
        connection_.reset();
    }
    return answer;
}

Result<std::string> SlonyRemedyDatabase::quoted(const std::string& text, SteadyTime deadline,
                                                const StopSignal& stop) {
    if (!connection_) {
        if (auto connected = connect(deadline, stop); !connected) {
            return connected.error();
        }
    }
    return connection_->quote_literal(text);
}

Result<std::optional<SlonyRemedyRows>>
SlonyRemedyDatabase::read(const std::string& cluster, const std::vector<int>& nodes,
                          config::milliseconds minimum_silence, SteadyTime deadline,
                          const StopSignal& stop) {
    const auto name = quoted(cluster, deadline, stop);
    if (!name) {
        return name.error();
    }
    const auto asked = run(remedy_installed_sql(*name), deadline, stop);
    const auto installed = asked ? read_remedy_installed(*asked) : Result<bool>(asked.error());
    if (!installed) {
        return installed.error();
    }
    if (!*installed) {
        return std::optional<SlonyRemedyRows>();
    }
    const auto registered =
        run("SELECT count(*) FROM opsmon_slony.limits WHERE cluster = " + *name, deadline, stop);
    if (!registered) {
        return registered.error();
    }
    const auto count = read_rows(*registered, 0, "opsmon_slony.limits", read_number);
    if (!count || count->empty() || count->front() < 1) {
        return std::optional<SlonyRemedyRows>();
    }
    const auto answer =
        run(remedy_sql(*name, nodes, interval_literal(minimum_silence)), deadline, stop);
    if (!answer) {
        return answer.error();
    }
    auto rows = read_remedy(*answer);
    if (!rows) {
        return rows.error();
    }
    return std::optional(std::move(*rows));
}

Result<DropRow> SlonyRemedyDatabase::drop_node(const std::string& cluster, int node,
                                               config::milliseconds minimum_silence, bool dry_run,
                                               const std::string& reason, SteadyTime deadline,
                                               const StopSignal& stop) {
    const auto name = quoted(cluster, deadline, stop);
    const auto why = quoted(reason, deadline, stop);
    if (!name || !why) {
        return name ? why.error() : name.error();
    }
    const auto answer =
        write("SELECT outcome, array_to_string(refusals, '; '), before_bytes FROM "
              "opsmon_slony.drop_node(" +
                  *name + ", " + std::to_string(node) + ", " + interval_literal(minimum_silence) +
                  ", " + (dry_run ? "true" : "false") + ", " + *why + ")",
              deadline, stop);
    if (!answer) {
        return answer.error();
    }
    return read_drop(*answer, kWritten);
}

Result<double> SlonyRemedyDatabase::clean_up(const std::string& cluster, SteadyTime deadline,
                                             const StopSignal& stop) {
    const auto name = quoted(cluster, deadline, stop);
    if (!name) {
        return name.error();
    }
    const auto answer = write("SELECT opsmon_slony.clean_up(" + *name + ")", deadline, stop);
    if (!answer) {
        return answer.error();
    }
    const auto bytes = read_rows(*answer, kWritten, "opsmon_slony.clean_up()", read_number);
    if (!bytes || bytes->empty()) {
        return bytes ? Error{"opsmon_slony.clean_up() answered with no row"} : bytes.error();
    }
    return bytes->front();
}

Result<void> SlonyRemedyDatabase::note_clean_up(const std::string& cluster, int node, bool done,
                                                const std::string& reason, SteadyTime deadline,
                                                const StopSignal& stop) {
    const auto name = quoted(cluster, deadline, stop);
    const auto why = quoted(reason, deadline, stop);
    if (!name || !why) {
        return name ? why.error() : name.error();
    }
    const auto answer =
        write("SELECT opsmon_slony.note_clean_up(" + *name + ", " + std::to_string(node) + ", " +
                  (done ? "true" : "false") + ", " + *why + ")",
              deadline, stop);
    return answer ? Result<void>() : Result<void>(answer.error());
}

Result<RemedyServerRows> read_remedy_server(const config::Postgres& login, SteadyTime deadline,
                                            const StopSignal& stop) {
    auto connection = open_session(login, deadline, stop);
    if (!connection) {
        return connection.error();
    }
    // As the collector does: without the extension the schema may be anybody's.
    const auto about = connection->run(server_sql(), deadline, stop);
    const auto server = about ? read_server(*about) : Result<ServerRow>(about.error());
    if (!server) {
        return server.error();
    }
    if (!server->extension_version) {
        return Error{"the extension opsmon is not in the database of postgres.conninfo"};
    }
    const auto answer = without_error(connection->run(remedy_server_sql(), deadline, stop));
    if (!answer) {
        return answer.error();
    }
    return read_remedy_server_rows(*answer);
}

} // namespace opsmon::postgres
