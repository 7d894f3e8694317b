#include "postgres/connection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <poll.h>

#include "base/text.hpp"

namespace opsmon::postgres {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStopCheck{200};
constexpr std::size_t kMaxResults = 32;

// libpq ends its messages with a newline and may write several lines.
std::string one_line(const char* message) {
    std::string out;
    std::string_view rest = trim(message == nullptr ? "" : message);
    while (!rest.empty()) {
        const std::string_view line = trim(take_line(rest));
        out += out.empty() ? "" : "; ";
        out += line;
    }
    return out.empty() ? "the connection was lost" : out;
}

// Waits for the socket in short turns, so that a stop is noticed.
Result<void> wait_for(int fd, short events, SteadyTime deadline, const StopSignal& stop) {
    for (;;) {
        const SteadyTime now = steady_now();
        if (stop.requested()) {
            return Error{"stopping", true};
        }
        if (now >= deadline) {
            return Error{"no answer from PostgreSQL in time: it hangs or is overloaded", true};
        }
        const auto left = std::chrono::ceil<milliseconds>(deadline - now);
        pollfd target{fd, events, 0};
        const int ready = ::poll(&target, 1, static_cast<int>(std::min(left, kStopCheck).count()));
        if (ready > 0) {
            return {};
        }
        if (ready < 0 && errno != EINTR) {
            return Error{std::string("cannot wait for PostgreSQL: ") + std::strerror(errno), true};
        }
    }
}

PGconn* start(const config::ConnectionOptions& options) {
    std::vector<const char*> keywords;
    std::vector<const char*> values;
    for (const auto& [keyword, value] : options) {
        keywords.push_back(keyword.c_str());
        values.push_back(value.c_str());
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    return PQconnectStartParams(keywords.data(), values.data(), 0);
}

// Without the position in the statement: it is ours, and says nothing to the user.
std::string statement_error(const PGresult* result) {
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (message == nullptr) {
        return one_line(PQresultErrorMessage(result)); // from libpq itself
    }
    std::string out = one_line(message);
    if (const char* hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT); hint != nullptr) {
        out += "; " + one_line(hint);
    }
    return out;
}

bool is_failure(const PGresult* result) {
    const ExecStatusType status = PQresultStatus(result);
    return status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK;
}

Result<std::string> take_quoted(char* quoted) {
    const std::unique_ptr<char, decltype(&PQfreemem)> owner(quoted, PQfreemem);
    if (!owner) {
        return Error{"a name that is no valid text in the server's encoding"};
    }
    return std::string(owner.get());
}

} // namespace

Result<Connection> Connection::open(const config::ConnectionOptions& options, SteadyTime deadline,
                                    const StopSignal& stop) {
    Connection out(start(options));
    PGconn* connection = out.connection_.get();
    if (connection == nullptr) {
        return Error{"out of memory for a connection to PostgreSQL", true};
    }
    if (PQstatus(connection) == CONNECTION_BAD) {
        return Error{out.problem(), true};
    }
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (next != PGRES_POLLING_OK) {
        if (next == PGRES_POLLING_FAILED) {
            return Error{out.problem(), true};
        }
        const short events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        if (auto waited = wait_for(PQsocket(connection), events, deadline, stop); !waited) {
            return waited.error();
        }
        next = PQconnectPoll(connection);
    }
    // Also keeps the goodbye in PQfinish() from blocking on a server that does not read.
    if (PQsetnonblocking(connection, 1) != 0) {
        return Error{out.problem(), true};
    }
    PQsetNoticeProcessor(
        connection, [](void*, const char*) {}, nullptr);
    return out;
}

Result<Answer> Connection::run(const std::string& sql, SteadyTime deadline,
                               const StopSignal& stop) {
    if (PQsendQuery(connection_.get(), sql.c_str()) != 1) {
        return Error{problem(), true};
    }
    return finish(deadline, stop);
}

Result<Answer> Connection::run(const std::string& sql, const std::vector<std::string>& values,
                               SteadyTime deadline, const StopSignal& stop) {
    std::vector<const char*> texts;
    for (const std::string& value : values) {
        texts.push_back(value.c_str());
    }
    if (PQsendQueryParams(connection_.get(), sql.c_str(), static_cast<int>(texts.size()), nullptr,
                          texts.data(), nullptr, nullptr, 0) != 1) {
        return Error{problem(), true};
    }
    return finish(deadline, stop);
}

Result<Answer> Connection::finish(SteadyTime deadline, const StopSignal& stop) {
    PGconn* connection = connection_.get();
    for (int unsent = PQflush(connection); unsent != 0; unsent = PQflush(connection)) {
        if (unsent < 0) {
            return Error{problem(), true};
        }
        if (auto waited = wait_for(PQsocket(connection), POLLOUT, deadline, stop); !waited) {
            return waited.error();
        }
    }
    Answer answer;
    if (auto collected = collect_results(answer, deadline, stop); !collected) {
        return collected.error();
    }
    return answer;
}

Result<void> Connection::collect_results(Answer& answer, SteadyTime deadline,
                                         const StopSignal& stop) {
    PGconn* connection = connection_.get();
    for (;;) {
        while (PQisBusy(connection) != 0) {
            if (auto waited = wait_for(PQsocket(connection), POLLIN, deadline, stop); !waited) {
                return waited;
            }
            if (PQconsumeInput(connection) != 1) {
                return Error{problem(), true};
            }
        }
        ResultPtr result(PQgetResult(connection));
        if (!result) {
            break;
        }
        if (is_failure(result.get())) {
            const char* code = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
            answer.error = statement_error(result.get());
            answer.error_code = code == nullptr ? "" : code;
        } else if (answer.results.size() < kMaxResults) {
            answer.results.push_back(std::move(result));
        }
    }
    if (PQstatus(connection) != CONNECTION_OK) {
        return Error{answer.error.empty() ? problem() : answer.error, true};
    }
    return {};
}

Result<std::string> Connection::quote_identifier(const std::string& name) const {
    PGconn* connection = connection_.get();
    return take_quoted(PQescapeIdentifier(connection, name.data(), name.size()));
}

Result<std::string> Connection::quote_literal(const std::string& text) const {
    PGconn* connection = connection_.get();
    return take_quoted(PQescapeLiteral(connection, text.data(), text.size()));
}

std::string Connection::problem() const {
    return one_line(PQerrorMessage(connection_.get()));
}

} // namespace opsmon::postgres
