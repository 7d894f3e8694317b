#include "collect/postgresql/postgresql_live.hpp"
#include "collect/postgresql/postgresql_report.hpp"

namespace opsmon::collect {
namespace {

void add_workers(metrics::SampleList& out, const postgres::StatusRow& status) {
    out.add<"opsmon_guard_ticks_total">(status.guard.ticks);
    out.add<"opsmon_guard_failures_total">(status.guard.failures);
    out.add<"opsmon_guard_last_tick_timestamp_seconds">(status.guard.sampled_at);
    out.add<"opsmon_sampler_ticks_total">(status.sampler.ticks);
    out.add<"opsmon_sampler_failures_total">(status.sampler.failures);
    out.add<"opsmon_sampler_last_tick_timestamp_seconds">(status.sampler.sampled_at);
    out.add<"opsmon_recorder_failures_total">(status.recorder_failures);
    if (status.recorder) {
        out.add<"opsmon_recorder_state">(1, *status.recorder);
    }
    out.add<"opsmon_omitted_rows">(status.slots_omitted, "slots");
    out.add<"opsmon_omitted_rows">(status.senders_omitted, "senders");
    out.add<"opsmon_omitted_rows">(status.activity_groups_omitted, "activity_groups");
}

void add_helpers_of_the_guard(metrics::SampleList& out, const postgres::GuardRows& guard) {
    for (const postgres::GuardStateRow& state : guard.state) {
        out.add<"opsmon_guard_reports_lost_total">(state.reports_lost);
        out.add<"opsmon_reclaimer_last_tick_timestamp_seconds">(state.reclaimer_last_tick_at);
        out.add<"opsmon_omitted_rows">(state.policies_omitted, "policies");
    }
}

// They differ between the upgrade of a package and the last of the two things that follow it.
void add_versions(metrics::SampleList& out, const postgres::ServerRow& server,
                  const postgres::StatusRow& status) {
    if (server.extension_version && status.library_version) {
        out.add<"opsmon_versions_apart">(*server.extension_version != *status.library_version,
                                         *status.library_version, *server.extension_version);
    }
}

} // namespace

CollectorReport report_failure(const std::string& collector, const std::string& error) {
    CollectorReport report;
    report.collector = collector;
    report.error = error;
    return report;
}

CollectorReport report_server(const postgres::ServerRow& server,
                              const postgres::ExtensionRows* extension,
                              const std::string& extension_error) {
    CollectorReport report;
    report.collector = "postgresql";
    report.success = extension != nullptr;
    report.error = extension_error;
    metrics::SampleList& out = report.samples;
    out.add<"postgresql_up">(1);
    out.add<"postgresql_info">(1, server.version, server.extension_version.value_or(""),
                               server.in_recovery ? "standby" : "primary");
    out.add<"postgresql_in_recovery">(server.in_recovery ? 1 : 0);
    out.add<"postgresql_start_time_seconds">(server.start_time);
    out.add<"postgresql_max_connections">(server.max_connections);
    if (extension != nullptr) {
        out.add<"postgresql_timeline">(extension->status.timeline);
        add_versions(out, server, extension->status);
        add_workers(out, extension->status);
        add_helpers_of_the_guard(out, extension->guard);
        add_live(out, extension->live);
        report.error = extension->live.error;
        report.success = report.error.empty();
    }
    return report;
}

} // namespace opsmon::collect
