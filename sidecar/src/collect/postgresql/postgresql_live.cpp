#include "collect/postgresql/postgresql_live.hpp"

namespace opsmon::collect {
namespace {

void add_moment(metrics::SampleList& out, const postgres::MomentRow& moment) {
    out.add<"postgresql_slow_queries">(moment.slow_queries);
    out.add<"postgresql_slow_query_longest_seconds">(moment.slow_query_longest);
    out.add<"postgresql_blocked_sessions">(moment.blocked_sessions);
    out.add<"postgresql_blocked_longest_seconds">(moment.blocked_longest);
    out.add<"postgresql_idle_in_transaction_longest_seconds">(moment.idle_in_transaction_longest);
    out.add<"postgresql_wraparound_ratio">(moment.xid_used, "xid");
    out.add<"postgresql_wraparound_ratio">(moment.mxid_used, "multixact");
}

void add_receiver(metrics::SampleList& out, const postgres::ReceiverRow& receiver) {
    out.add<"postgresql_receiver_state">(1, receiver.state);
    out.add<"postgresql_receiver_replay_paused">(receiver.replay_paused ? 1 : 0);
    out.add<"postgresql_receiver_lag_bytes">(receiver.lag_bytes);
    out.add<"postgresql_receiver_lag_seconds">(receiver.lag);
    out.add<"postgresql_receiver_not_replayed_bytes">(receiver.not_replayed_bytes);
    out.add<"postgresql_receiver_last_message_timestamp_seconds">(receiver.last_message_at);
}

} // namespace

void add_live(metrics::SampleList& out, const postgres::LiveRows& rows) {
    for (const postgres::MomentRow& moment : rows.moment) {
        add_moment(out, moment);
    }
    for (const postgres::HorizonRow& horizon : rows.horizons) {
        out.add<"postgresql_xmin_age_transactions">(horizon.xmin_age, horizon.kind);
    }
    for (const postgres::ReceiverRow& receiver : rows.receiver) {
        add_receiver(out, receiver);
    }
    for (const postgres::AdviceRow& advice : rows.advice) {
        out.add<"postgresql_advice">(advice.count, advice.severity);
    }
    for (const postgres::SlowRow& slow : rows.slow) {
        out.add<"postgresql_slow_query_seconds">(slow.longest, slow.database, slow.username,
                                                 slow.application_name, slow.query_id);
        out.add<"postgresql_slow_query_running">(slow.running, slow.database, slow.username,
                                                 slow.application_name, slow.query_id);
    }
}

} // namespace opsmon::collect
