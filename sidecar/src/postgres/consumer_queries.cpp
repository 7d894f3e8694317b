#include "postgres/consumer_queries.hpp"

#include "postgres/read_rows.hpp"

namespace opsmon::postgres {
namespace {

enum ResultIndex : std::size_t { kLearner, kConsumers };

constexpr const char* kLearnerSql = R"sql(
SELECT failures, extract(epoch FROM learned_at) FROM opsmon.live_learner() LIMIT 1;)sql";

LearnerRow read_learner_row(Cells& cells) {
    LearnerRow row;
    row.failures = cells.number();
    row.learned_at = cells.number();
    return row;
}

// Those that are gone or hold much come first. A standby leaves the primary's consumers to the
// primary.
constexpr const char* kConsumersSql = R"sql(
SELECT kind, name, state, application_name, owner, policy, recognised, unowned::int,
       expected::int, held_bytes, extract(epoch FROM first_seen), extract(epoch FROM last_seen),
       extract(epoch FROM state_since), count(*) OVER ()
FROM opsmon.consumer_status WHERE state <> 'elsewhere'
ORDER BY state IN ('vanished', 'lost') DESC, held_bytes DESC NULLS LAST, state = 'dropped',
         state_since DESC NULLS LAST, kind, name
LIMIT 100;)sql";

ConsumerRow read_consumer_row(Cells& cells) {
    ConsumerRow row;
    row.kind = cells.text_or_empty();
    row.name = cells.text_or_empty();
    row.state = cells.text_or_empty();
    row.application_name = cells.text_or_empty();
    row.owner = cells.text_or_empty();
    row.policy = cells.text_or_empty();
    row.recognised = cells.text_or_empty();
    row.unowned = cells.number();
    row.expected = cells.number();
    row.held_bytes = cells.number();
    row.first_seen = cells.number();
    row.last_seen = cells.number();
    row.state_since = cells.number();
    row.consumers = cells.needed_number();
    return row;
}

} // namespace

const std::string& consumer_sql() {
    static const std::string sql = std::string(kLearnerSql) + kConsumersSql;
    return sql;
}

ConsumerRows read_consumer_rows(const Answer& answer, std::size_t first) {
    ConsumerRows out;
    Result<void> failed;
    take_rows(out.learner,
              read_rows(answer, first + kLearner, "opsmon.live_learner()", read_learner_row),
              failed);
    take_rows(out.consumers,
              read_rows(answer, first + kConsumers, "opsmon.consumer_status", read_consumer_row),
              failed);
    if (!failed) {
        out.error = failed.error().message;
    }
    return out;
}

} // namespace opsmon::postgres
