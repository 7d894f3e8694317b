#include "postgres/kept_history.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "postgres/open_session.hpp"
#include "postgres/queries.hpp"
#include "postgres/read_rows.hpp"

namespace opsmon::postgres {
namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::seconds kPause{10};
constexpr TimestampMs kMinute = 60 * 1000;
constexpr TimestampMs kHour = 60 * kMinute;

std::string time_of(TimestampMs at) {
    return "to_timestamp(" + std::to_string(at) + " / 1000.0)";
}

KeptValue read_value(Cells& cells) {
    KeptValue out;
    out.at = static_cast<TimestampMs>(cells.needed_number());
    out.measure = static_cast<int>(cells.needed_number());
    out.name = cells.text_or_empty();
    out.value = cells.needed_number();
    return out;
}

} // namespace

// The last row of each step is taken before its series are taken apart: most rows never are.
std::string kept_sql(const KeptQuestion& question) {
    const TimestampMs step = std::max(question.step_ms, kMinute);
    const std::string table = step < kHour ? "opsmon.history_minutes" : "opsmon.history_hours";
    const TimestampMs row = step < kHour ? kMinute : kHour;
    std::string measures;
    for (const int measure : question.measures) {
        measures += (measures.empty() ? "" : ", ") + std::to_string(measure);
    }
    // Numbers alone are written into the statement. A row is known when its minute or hour is over.
    const std::string width = "interval '" + std::to_string(step) + " milliseconds'";
    const std::string known_at = "h.at + interval '" + std::to_string(row) + " milliseconds'";
    const std::string first = time_of(question.start - step);
    return "SELECT (extract(epoch FROM b.ended_at) * 1000)::int8, s.series & 15, n.name, s.latest\n"
           "  FROM (SELECT DISTINCT ON (1) date_bin(" +
           width + ", " + known_at + ", " + first + ") + " + width +
           " AS ended_at, h.series, h.latest\n"
           "          FROM " +
           table + " h\n         WHERE h.at >= " + time_of(question.start - step - row) +
           " AND h.at < " + time_of(question.end - row) +
           "\n         ORDER BY 1, h.at DESC) b,\n"
           "       unnest(b.series, b.latest) s(series, latest)\n"
           "  LEFT JOIN opsmon.history_names n ON n.key = s.series >> 4\n"
           " WHERE s.series & 15 IN (" +
           measures + ") AND s.latest IS NOT NULL\n ORDER BY 1 LIMIT " +
           std::to_string(kMaxKeptValues + 1) + ";";
}

void KeptHistory::replace_settings(std::optional<config::Postgres> settings) {
    const std::lock_guard lock(settings_mutex_);
    settings_ = std::move(settings);
}

Result<std::vector<KeptValue>> KeptHistory::read(const KeptQuestion& question) {
    std::optional<config::Postgres> settings;
    {
        const std::lock_guard lock(settings_mutex_);
        settings = settings_;
    }
    if (!settings) {
        return std::vector<KeptValue>();
    }
    const SteadyTime deadline = steady_now() + kPatience;
    const std::unique_lock turn(one_at_a_time_, kPatience);
    if (!turn.owns_lock()) {
        return Error{"others ask for it already"};
    }
    if (failure_ && steady_now() - failed_at_ < kPause) {
        return *failure_;
    }
    auto values = ask(*settings, question, deadline);
    failure_ = values ? std::nullopt : std::optional(values.error());
    failed_at_ = steady_now();
    return values;
}

Result<std::vector<KeptValue>> KeptHistory::ask(const config::Postgres& settings,
                                                const KeptQuestion& question, SteadyTime deadline) {
    config::Postgres patient = settings;
    patient.statement_timeout = kPatience;
    const StopSignal never;
    auto connection = open_session(patient, deadline, never);
    if (!connection) {
        return connection.error();
    }
    // As the collector does: without the extension the schema may be anybody's.
    const auto about = connection->run(server_sql(), deadline, never);
    const auto server = about ? read_server(*about) : Result<ServerRow>(about.error());
    if (!server) {
        return server.error();
    }
    if (!server->extension_version) {
        return std::vector<KeptValue>();
    }
    const auto answer = connection->run(kept_sql(question), deadline, never);
    if (!answer) {
        return answer.error();
    }
    auto values = read_rows(*answer, 0, "the history", read_value, kMaxKeptValues + 1);
    if (values && values->size() > kMaxKeptValues) {
        return Error{"more than " + std::to_string(kMaxKeptValues) +
                     " values of it; ask with a longer step"};
    }
    return values;
}

} // namespace opsmon::postgres
