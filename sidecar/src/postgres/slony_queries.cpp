#include "postgres/slony_queries.hpp"

#include <string_view>

#include "base/text.hpp"
#include "postgres/read_rows.hpp"

namespace opsmon::postgres {
namespace {

constexpr std::size_t kMaxProviders = 10;

enum ResultIndex : std::size_t { kLocal, kNodes, kGhosts };

// @S stands for the schema as an identifier, @L for its name as a text.

// A row of sl_nodelock survives who wrote it; a session with that number and slon's name is alive.
constexpr const char* kLocalSql = R"sql(
WITH me AS MATERIALIZED (SELECT last_value::int4 AS id FROM @S.sl_local_node_id)
SELECT me.id, EXISTS (SELECT 1 FROM @S.sl_set WHERE set_origin = me.id),
       (SELECT count(*) FROM @S.sl_nodelock k
          JOIN pg_stat_activity a ON a.pid = k.nl_backendpid AND a.datname = current_database()
                                 AND a.application_name LIKE 'slon.%'
         WHERE k.nl_nodeid = me.id),
       extract(epoch FROM clock_timestamp() - (SELECT ev_timestamp FROM @S.sl_event
         WHERE ev_origin = me.id ORDER BY ev_seqno DESC LIMIT 1)),
       extract(epoch FROM clock_timestamp() - (SELECT max(co_starttime) FROM @S.sl_components
         WHERE co_actor = 'local_cleanup')),
       (SELECT last_value FROM @S.sl_log_status),
       extract(epoch FROM clock_timestamp() - (SELECT reg_timestamp FROM @S.sl_registry
         WHERE reg_key = 'logswitch.laststart')),
       pg_total_relation_size(format('%I.sl_log_1', @L)::regclass),
       pg_total_relation_size(format('%I.sl_log_2', @L)::regclass),
       pg_total_relation_size(format('%I.sl_event', @L)::regclass),
       pg_total_relation_size(format('%I.sl_confirm', @L)::regclass),
       extract(epoch FROM clock_timestamp() - (SELECT ev_timestamp FROM @S.sl_event
         WHERE ev_origin = me.id ORDER BY ev_seqno LIMIT 1)),
       (SELECT last_value FROM @S.sl_action_seq),
       (SELECT count(*) FROM @S.sl_node WHERE no_failed), (SELECT count(*) FROM @S.sl_node)
  FROM me LIMIT 1;)sql";

SlonyLocalRow read_local_row(Cells& cells) {
    SlonyLocalRow row;
    row.node = static_cast<int>(cells.needed_number());
    row.is_origin = cells.needed_bool();
    row.slon_backends = cells.needed_number();
    row.event_age = cells.number();
    row.cleanup_age = cells.number();
    row.log_status = cells.needed_number();
    row.switch_age = cells.number();
    row.log_1_bytes = cells.needed_number();
    row.log_2_bytes = cells.needed_number();
    row.event_bytes = cells.needed_number();
    row.confirm_bytes = cells.needed_number();
    row.oldest_event_age = cells.number();
    row.action_sequence = cells.needed_number();
    row.failed_nodes = cells.needed_number();
    row.nodes = cells.needed_number();
    return row;
}

// How far each node is with each origin, and from which change on the logs are still needed for it.
// Each inner SELECT takes one entry of an index. What one that has confirmed everything would still
// need (a long transaction keeps it) is nobody's.  The age of what is behind another origin is in
// that origin's own time, so that an origin that is silent accuses nobody else.
constexpr const char* kNodesSql = R"sql(
WITH me AS MATERIALIZED (SELECT last_value::int4 AS id FROM @S.sl_local_node_id),
origin AS MATERIALIZED (
  SELECT o.id, l.ev_seqno AS newest, f.ev_seqno AS oldest,
         f.ev_timestamp AS oldest_at,
         CASE WHEN o.id = me.id THEN clock_timestamp() ELSE l.ev_timestamp END AS now_at,
         least((SELECT log_actionseq FROM @S.sl_log_1 WHERE log_origin = o.id
                 ORDER BY log_origin, log_txid, log_actionseq LIMIT 1),
               (SELECT log_actionseq FROM @S.sl_log_2 WHERE log_origin = o.id
                 ORDER BY log_origin, log_txid, log_actionseq LIMIT 1)) AS lo,
         greatest((SELECT log_actionseq FROM @S.sl_log_1 WHERE log_origin = o.id
                    ORDER BY log_origin DESC, log_txid DESC, log_actionseq DESC LIMIT 1),
                  (SELECT log_actionseq FROM @S.sl_log_2 WHERE log_origin = o.id
                    ORDER BY log_origin DESC, log_txid DESC, log_actionseq DESC LIMIT 1)) AS hi,
         least((SELECT log_actionseq FROM @S.sl_log_1
                 WHERE log_origin = o.id AND log_txid >= l.xmin
                 ORDER BY log_origin, log_txid, log_actionseq LIMIT 1),
               (SELECT log_actionseq FROM @S.sl_log_2
                 WHERE log_origin = o.id AND log_txid >= l.xmin
                 ORDER BY log_origin, log_txid, log_actionseq LIMIT 1)) AS after_newest
    FROM me CROSS JOIN LATERAL (SELECT me.id UNION SELECT set_origin FROM @S.sl_set
                                 ORDER BY 1 LIMIT 20) o
    LEFT JOIN LATERAL (SELECT ev_seqno, ev_timestamp, txid_snapshot_xmin(ev_snapshot) AS xmin
                         FROM @S.sl_event WHERE ev_origin = o.id
                        ORDER BY ev_seqno DESC LIMIT 1) l ON true
    LEFT JOIN LATERAL (SELECT ev_seqno, ev_timestamp FROM @S.sl_event WHERE ev_origin = o.id
                        ORDER BY ev_seqno LIMIT 1) f ON true),
behind AS MATERIALIZED (
  SELECT n.no_id, o.id AS origin, coalesce(o.after_newest, o.hi + 1) AS done,
         greatest(0, o.newest - greatest(c.con_seqno, o.oldest - 1)) AS lag_events,
         greatest(0, extract(epoch FROM o.now_at - coalesce(e.ev_timestamp, o.oldest_at)))
           AS lag_seconds,
         least((SELECT log_actionseq FROM @S.sl_log_1
                 WHERE log_origin = o.id AND log_txid >= coalesce(e.xmin, 0)
                 ORDER BY log_origin, log_txid, log_actionseq LIMIT 1),
               (SELECT log_actionseq FROM @S.sl_log_2
                 WHERE log_origin = o.id AND log_txid >= coalesce(e.xmin, 0)
                 ORDER BY log_origin, log_txid, log_actionseq LIMIT 1), o.hi + 1) AS need
    FROM origin o JOIN @S.sl_node n ON n.no_id <> o.id
    LEFT JOIN LATERAL (SELECT con_seqno FROM @S.sl_confirm
                        WHERE con_origin = o.id AND con_received = n.no_id
                        ORDER BY con_seqno DESC LIMIT 1) c ON true
    LEFT JOIN LATERAL (SELECT ev_timestamp, txid_snapshot_xmin(ev_snapshot) AS xmin
                         FROM @S.sl_event WHERE ev_origin = o.id AND ev_seqno <= c.con_seqno
                        ORDER BY ev_seqno DESC LIMIT 1) e ON true),
size AS MATERIALIZED (
  SELECT (pg_total_relation_size(format('%I.sl_log_1', @L)::regclass)
        + pg_total_relation_size(format('%I.sl_log_2', @L)::regclass))::float8
       / greatest(1, (SELECT sum(hi - lo + 1) FROM origin)) AS row_bytes),
kept AS MATERIALIZED (
  SELECT b.no_id, coalesce(max(greatest(0, b.done - b.need)), 0) AS rows,
         coalesce(max(greatest(0, least(b.done, (SELECT min(q.need) FROM behind q
                                                  WHERE q.origin = b.origin
                                                    AND q.no_id <> b.no_id)) - b.need)), 0)
           AS held_rows,
         max(b.lag_events) AS lag_events, max(b.lag_seconds) AS lag_seconds
    FROM behind b GROUP BY b.no_id),
slon AS MATERIALIZED (
  SELECT k.nl_nodeid, count(*) AS backends FROM @S.sl_nodelock k
    JOIN pg_stat_activity a ON a.pid = k.nl_backendpid AND a.datname = current_database()
                           AND a.application_name LIKE 'slon.%'
   GROUP BY k.nl_nodeid)
SELECT n.no_id, n.no_comment, n.no_active, n.no_id = me.id,
       EXISTS (SELECT 1 FROM @S.sl_set WHERE set_origin = n.no_id),
       (SELECT count(*) FROM @S.sl_subscribe WHERE sub_receiver = n.no_id
           AND sub_provider <> n.no_id),
       (SELECT count(*) FROM @S.sl_subscribe WHERE sub_provider = n.no_id
           AND sub_receiver <> n.no_id),
       (SELECT string_agg(p.sub_provider::text, ' ') FROM
          (SELECT DISTINCT sub_provider FROM @S.sl_subscribe WHERE sub_receiver = n.no_id
              AND sub_provider <> n.no_id ORDER BY 1 LIMIT 10) p),
       CASE WHEN n.no_id <> me.id THEN k.lag_events END,
       CASE WHEN n.no_id <> me.id THEN k.lag_seconds END,
       n.no_id <> me.id AND NOT EXISTS (SELECT 1 FROM @S.sl_event
         WHERE ev_origin = n.no_id AND ev_type = 'SYNC'),
       extract(epoch FROM clock_timestamp() - (SELECT ev_timestamp FROM @S.sl_event
         WHERE ev_origin = n.no_id ORDER BY ev_seqno DESC LIMIT 1)),
       EXISTS (SELECT 1 FROM @S.sl_listen WHERE li_provider = me.id AND li_receiver = n.no_id),
       coalesce(s.backends, 0), k.rows, k.rows * size.row_bytes, k.held_rows * size.row_bytes
  FROM me CROSS JOIN size CROSS JOIN @S.sl_node n
  LEFT JOIN kept k ON k.no_id = n.no_id
  LEFT JOIN slon s ON s.nl_nodeid = n.no_id
 ORDER BY n.no_id = me.id DESC, k.lag_seconds DESC NULLS LAST, n.no_id
 LIMIT 80;)sql";

std::vector<int> read_numbers(const std::string& text) {
    std::vector<int> out;
    for (const std::string_view word : split_words(text, kMaxProviders)) {
        if (const auto number = parse_number(word)) {
            out.push_back(static_cast<int>(*number));
        }
    }
    return out;
}

SlonyNodeRow read_node_row(Cells& cells) {
    SlonyNodeRow row;
    row.node = static_cast<int>(cells.needed_number());
    row.comment = cells.text_or_empty();
    row.active = cells.needed_bool();
    row.is_local = cells.needed_bool();
    row.is_origin = cells.needed_bool();
    row.subscriptions = cells.needed_number();
    row.provides = cells.needed_number();
    row.providers = read_numbers(cells.text_or_empty());
    row.lag_events = cells.number();
    row.lag_seconds = cells.number();
    row.never_confirmed = cells.needed_bool();
    row.heartbeat_age = cells.number();
    row.should_connect = cells.needed_bool();
    row.slon_backends = cells.needed_number();
    row.backlog_rows = cells.number();
    row.backlog_bytes = cells.number();
    row.held_bytes = cells.number();
    return row;
}

constexpr const char* kGhostsSql = R"sql(
SELECT k.nl_nodeid, count(*) FROM @S.sl_nodelock k
  JOIN pg_stat_activity a ON a.pid = k.nl_backendpid AND a.datname = current_database()
                         AND a.application_name LIKE 'slon.%'
 WHERE NOT EXISTS (SELECT 1 FROM @S.sl_node n WHERE n.no_id = k.nl_nodeid)
 GROUP BY k.nl_nodeid ORDER BY k.nl_nodeid LIMIT 20;)sql";

SlonyGhostRow read_ghost_row(Cells& cells) {
    SlonyGhostRow row;
    row.node = static_cast<int>(cells.needed_number());
    row.slon_backends = cells.needed_number();
    return row;
}

std::string fill_in(std::string_view sql, const QuotedSchema& schema) {
    std::string out;
    for (auto at = sql.find('@'); at != sql.npos; at = sql.find('@')) {
        out += sql.substr(0, at);
        out += sql[at + 1] == 'S' ? schema.identifier : schema.literal;
        sql.remove_prefix(at + 2);
    }
    return out += sql;
}

} // namespace

std::string slony_sql(const QuotedSchema& schema) {
    return fill_in(kLocalSql, schema) + fill_in(kNodesSql, schema) + fill_in(kGhostsSql, schema);
}

Result<SlonyRows> read_slony(const Answer& answer, const SlonyClusterRow& found) {
    SlonyRows out;
    out.found = found;
    Result<void> failed;
    std::vector<SlonyLocalRow> local;
    take_rows(local, read_rows(answer, kLocal, "the local node", read_local_row), failed);
    take_rows(out.nodes,
              read_rows(answer, kNodes, "the nodes of Slony-I", read_node_row, kMaxSlonyNodes),
              failed);
    take_rows(out.ghosts, read_rows(answer, kGhosts, "sl_nodelock", read_ghost_row), failed);
    if (!failed) {
        return failed.error();
    }
    if (local.size() != 1) {
        return Error{"sl_local_node_id has no row"};
    }
    out.local = local.front();
    return out;
}

} // namespace opsmon::postgres
