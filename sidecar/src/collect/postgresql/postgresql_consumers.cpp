#include "collect/postgresql/postgresql_report.hpp"

namespace opsmon::collect {
namespace {

bool is_gone(const postgres::ConsumerRow& consumer) {
    return consumer.state == "vanished" || consumer.state == "dropped";
}

void add_consumer(metrics::SampleList& out, const postgres::ConsumerRow& consumer) {
    const std::string& kind = consumer.kind;
    const std::string& name = consumer.name;
    const bool present =
        !is_gone(consumer) && consumer.state != "lost" && consumer.state != "never seen";
    out.add<"postgresql_consumer_info">(1, kind, name, consumer.application_name, consumer.owner,
                                        consumer.policy, consumer.recognised);
    // Of whom nobody tells, nobody knows.
    if (consumer.state != "not told") {
        out.add<"postgresql_consumer_present">(present ? 1 : 0, kind, name);
    }
    out.add<"postgresql_consumer_state">(1, kind, name, consumer.state);
    out.add<"postgresql_consumer_unowned">(consumer.unowned, kind, name);
    out.add<"postgresql_consumer_expected">(consumer.expected, kind, name);
    out.add<"postgresql_consumer_held_bytes">(consumer.held_bytes, kind, name);
    out.add<"postgresql_consumer_first_seen_timestamp_seconds">(consumer.first_seen, kind, name);
    out.add<"postgresql_consumer_last_seen_timestamp_seconds">(consumer.last_seen, kind, name);
    if (is_gone(consumer)) {
        out.add<"postgresql_consumer_gone_since_timestamp_seconds">(consumer.state_since, kind,
                                                                    name);
    }
}

} // namespace

CollectorReport report_consumers(const postgres::ExtensionRows& extension) {
    CollectorReport report;
    report.collector = "postgresql_consumers";
    report.error = extension.consumers.error;
    if (report.error.empty()) {
        report.error = staleness("sampler", extension.status.sampler);
    }
    if (report.error.empty()) {
        report.error = staleness("guard", extension.status.guard);
    }
    report.success = report.error.empty();
    if (!report.success) {
        return report;
    }
    for (const postgres::LearnerRow& learner : extension.consumers.learner) {
        report.samples.add<"opsmon_learner_failures_total">(learner.failures);
        report.samples.add<"opsmon_learner_last_learned_timestamp_seconds">(learner.learned_at);
    }
    const std::vector<postgres::ConsumerRow>& consumers = extension.consumers.consumers;
    for (const postgres::ConsumerRow& consumer : consumers) {
        add_consumer(report.samples, consumer);
    }
    report.samples.add<"postgresql_consumers_omitted">(
        consumers.empty() ? 0
                          : consumers.front().consumers - static_cast<double>(consumers.size()));
    return report;
}

} // namespace opsmon::collect
