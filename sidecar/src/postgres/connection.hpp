#pragma once
// This component provides `Connection`: one connection to PostgreSQL through libpq's non-blocking
// calls, where every step ends at a deadline. The session uses it. It never waits longer than told,
// as long as libpq has no name to look up (`HostAddresses`), and a connection that missed a
// deadline is closed.

#include <memory>
#include <string>
#include <vector>

#include <libpq-fe.h>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/scheduler.hpp"
#include "config/conninfo.hpp"

namespace opsmon::postgres {

struct ResultDeleter {
    void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ResultDeleter>;

// The results of the statements that came back, and what was wrong with the one that did not.
struct Answer {
    std::vector<ResultPtr> results;
    std::string error;
    std::string error_code; // SQLSTATE
};

class Connection {
public:
    static Result<Connection> open(const config::ConnectionOptions& options, SteadyTime deadline,
                                   const StopSignal& stop);

    // PostgreSQL's own quoting: as an identifier "like this", or as a text 'like this'.
    [[nodiscard]] Result<std::string> quote_identifier(const std::string& name) const;
    [[nodiscard]] Result<std::string> quote_literal(const std::string& text) const;

    // All statements of `sql` in one round trip. An error is a lost connection; what the server has
    // against a statement is in the answer.
    Result<Answer> run(const std::string& sql, SteadyTime deadline, const StopSignal& stop);

    // One statement with values for $1, $2 …, which never become part of its text.
    Result<Answer> run(const std::string& sql, const std::vector<std::string>& values,
                       SteadyTime deadline, const StopSignal& stop);

private:
    struct Closer {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };

    explicit Connection(PGconn* connection) : connection_(connection) {}
    Result<Answer> finish(SteadyTime deadline, const StopSignal& stop); // what was sent
    Result<void> collect_results(Answer& answer, SteadyTime deadline, const StopSignal& stop);
    [[nodiscard]] std::string problem() const;

    std::unique_ptr<PGconn, Closer> connection_;
};

} // namespace opsmon::postgres
