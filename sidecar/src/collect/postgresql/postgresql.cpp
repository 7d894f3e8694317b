#include "collect/postgresql/postgresql.hpp"

#include "collect/postgresql/postgresql_report.hpp"

namespace opsmon::collect {
namespace {

constexpr const char* kInsufficientPrivilege = "42501";
constexpr std::chrono::milliseconds kPerMount{200}; // after the server had its time

std::vector<CollectorReport> report_all_failed(const std::string& server_error) {
    std::vector<CollectorReport> reports;
    reports.push_back(report_failure("postgresql", server_error));
    reports.back().samples.add<"postgresql_up">(0);
    reports.push_back(report_failure("postgresql_guard", "PostgreSQL does not answer"));
    reports.push_back(report_failure("postgresql_sampler", "PostgreSQL does not answer"));
    reports.push_back(report_failure("postgresql_consumers", "PostgreSQL does not answer"));
    return reports;
}

std::string explain(const postgres::Answer& answer, const postgres::ServerRow& server,
                    const std::string& error) {
    if (!server.extension_version) {
        return "extension opsmon is not created in database " + server.database +
               "; run: CREATE EXTENSION opsmon";
    }
    if (answer.error_code == kInsufficientPrivilege) {
        return error + "; the user in postgres.conninfo needs the role pg_monitor";
    }
    return error;
}

HeardVolumes hear_volumes(const postgres::ServerRow& server,
                          const postgres::ExtensionRows& extension) {
    HeardVolumes out;
    out.on_this_machine = is_reached_locally(server.server_address);
    out.volumes = extension.volumes;
    if (!extension.wal.empty()) {
        out.segment_bytes = extension.wal.front().segment_bytes;
    }
    return out;
}

} // namespace

std::vector<CollectorReport> report_postgresql(const Result<postgres::Answer>& answer,
                                               StandbyIdentity& identity, Heard& heard) {
    if (!answer) {
        return report_all_failed(answer.error().message);
    }
    const auto server = postgres::read_server(*answer);
    if (!server) {
        return report_all_failed(server.error().message);
    }
    heard.server = *server;
    const auto extension = postgres::read_extension(*answer);
    std::vector<CollectorReport> reports;
    if (extension) {
        reports.push_back(report_server(*server, &*extension, ""));
        reports.push_back(report_guard(*server, *extension));
        if (reports.back().success) {
            heard.volumes = hear_volumes(*server, *extension);
        }
        reports.push_back(report_sampler(*extension, identity));
        reports.push_back(report_consumers(*extension));
    } else {
        const std::string error = explain(*answer, *server, extension.error().message);
        reports.push_back(report_server(*server, nullptr, error));
        reports.push_back(report_failure("postgresql_guard", "the views of opsmon do not answer"));
        reports.push_back(
            report_failure("postgresql_sampler", "the views of opsmon do not answer"));
        reports.push_back(
            report_failure("postgresql_consumers", "the views of opsmon do not answer"));
    }
    return reports;
}

PostgresqlSource::PostgresqlSource(const config::Postgres& settings,
                                   std::chrono::milliseconds timeout, PostgresqlSurroundings around)
    : session_(settings),
      timeout_(timeout),
      around_(std::move(around)),
      volumes_(around_.proc, settings.conninfo, settings.archive_path,
               MountProbe({kPerMount, 2 * kPerMount}, ask_file_system, around_.stuck_mounts),
               around_.volumes) {}

std::vector<std::string> PostgresqlSource::collectors() const {
    return {"postgresql", "postgresql_guard", "postgresql_sampler", "postgresql_consumers",
            "postgresql_volume"};
}

std::vector<CollectorReport> PostgresqlSource::collect(const CycleTime& now,
                                                       const StopSignal& stop) {
    Heard heard;
    auto reports =
        report_postgresql(session_.ask(now.steady + timeout_, stop), *around_.identity, heard);
    reports.push_back(volumes_.report(heard.volumes ? &*heard.volumes : nullptr));
    around_.process->learn(heard.server ? find_postmaster(around_.proc, *heard.server)
                                        : std::nullopt);
    return reports;
}

} // namespace opsmon::collect
