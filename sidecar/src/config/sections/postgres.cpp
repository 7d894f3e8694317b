#include "config/sections.hpp"

#include <algorithm>

#include "base/duration.hpp"
#include "config/conninfo.hpp"

namespace opsmon::config {
namespace {

using namespace std::chrono_literals;

void read_timeouts(Section& section, const Context& context, Postgres& out) {
    const auto connect = section.duration("connect_timeout", {100ms, 1min});
    const auto statement = section.duration("statement_timeout", {10ms, 1min});
    const auto lock = section.duration("lock_timeout", {1ms, 1min});
    const milliseconds cycle = context.collect.timeout;
    out.connect_timeout = value_or(connect, std::min(out.connect_timeout, cycle));
    out.statement_timeout = value_or(statement, std::min(out.statement_timeout, cycle / 2));
    out.lock_timeout = value_or(lock, out.lock_timeout);
    const std::string limit = format_duration(cycle);
    if (out.connect_timeout > cycle) {
        context.faults->add(connect->line, "postgres.connect_timeout",
                            "must not be more than collect.timeout, which is " + limit);
    }
    // The server must give up first: then a slow query ends there and the connection survives.
    if (out.statement_timeout >= cycle) {
        context.faults->add(statement->line, "postgres.statement_timeout",
                            "must be less than collect.timeout, which is " + limit);
    }
}

} // namespace

Postgres read_postgres(Section section, const Context& context) {
    Postgres out;
    read_timeouts(section, context, out);
    if (const auto given = section.text("conninfo", kMaxTextBytes)) {
        out.conninfo = given->value;
        if (const auto checked = check_conninfo(out.conninfo); !checked) {
            context.faults->add(given->line, "postgres.conninfo", checked.error().message);
        }
    }
    if (const auto given = section.text("password_file", kMaxTextBytes)) {
        out.password_file = beside(context.file, given->value);
        if (const auto checked = read_password(out.password_file); !checked) {
            context.faults->add(given->line, "postgres.password_file", checked.error().message);
        }
    }
    if (const auto given = section.text("archive_path", kMaxTextBytes)) {
        out.archive_path = given->value;
        if (!out.archive_path.starts_with('/')) {
            context.faults->add(given->line, "postgres.archive_path",
                                "must be an absolute path, the folder that WAL is archived to");
        }
    }
    section.finish();
    return out;
}

} // namespace opsmon::config
