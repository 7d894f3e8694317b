#include "postgres/slony_remedy_queries.hpp"

#include "postgres/read_rows.hpp"

namespace opsmon::postgres {
namespace {

enum ResultIndex : std::size_t {
    kAbout,
    kExpendable,
    kAddresses,
    kEvents,
    kLastDrop,
    kDeeds,
    kRefusals,
};

struct AboutRow {
    std::string server_start;
    std::string cluster_literal;
};

// {cluster}, {nodes} and {silence} are put in place of the words; nothing else stands in braces.
constexpr const char* kRemedySql = R"sql(
SELECT extract(epoch FROM pg_postmaster_start_time())::text, quote_literal({cluster});
SELECT e.node FROM opsmon_slony.expendable e WHERE e.cluster = {cluster} ORDER BY 1 LIMIT 1000;
SELECT a.node, a.host, a.port FROM opsmon_slony.node_addresses({cluster}) a
ORDER BY 1, 2, 3 LIMIT 1000;
SELECT l.action, l.outcome, count(*), extract(epoch FROM max(l.at))
FROM opsmon_slony.ledger l WHERE l.cluster = {cluster} GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 100;
SELECT l.number, l.node, extract(epoch FROM l.at), l.before_bytes, c.outcome, c.after_bytes,
       extract(epoch FROM clock_timestamp() - l.at)
FROM opsmon_slony.ledger l
LEFT JOIN LATERAL (SELECT d.outcome, d.after_bytes FROM opsmon_slony.ledger d
                   WHERE d.cluster = l.cluster AND d.node = l.node AND d.action = 'clean_up'
                     AND d.number > l.number ORDER BY d.number LIMIT 1) c ON true
WHERE l.cluster = {cluster} AND l.action = 'drop' AND l.outcome = 'done'
ORDER BY l.number DESC LIMIT 1;
SELECT l.number, extract(epoch FROM l.at), current_database(), l.cluster, l.node, l.action,
       l.outcome, l.reason, l.details::text
FROM opsmon_slony.ledger l WHERE l.cluster = {cluster} ORDER BY l.number DESC LIMIT 20;
SELECT n.node, e.code, e.refusal
FROM unnest('{nodes}'::int[]) n(node)
CROSS JOIN LATERAL opsmon_slony.examine({cluster}, n.node, {silence}::interval) e LIMIT 1000;)sql";

void replace_all(std::string& text, const std::string& word, const std::string& value) {
    for (auto at = text.find(word); at != std::string::npos;
         at = text.find(word, at + value.size())) {
        text.replace(at, word.size(), value);
    }
}

AboutRow read_about_row(Cells& cells) {
    AboutRow row;
    row.server_start = cells.text_or_empty();
    row.cluster_literal = cells.text_or_empty();
    return row;
}

int read_node(Cells& cells) {
    return static_cast<int>(cells.needed_number());
}

SlonyDeedRow read_deed_row(Cells& cells) {
    SlonyDeedRow row;
    row.number = cells.needed_number();
    row.at = cells.needed_number();
    row.database = cells.text_or_empty();
    row.cluster = cells.text_or_empty();
    row.node = cells.number();
    row.action = cells.text_or_empty();
    row.outcome = cells.text_or_empty();
    row.reason = cells.text_or_empty();
    row.detail = cells.text_or_empty();
    return row;
}

NodeAddressRow read_address_row(Cells& cells) {
    NodeAddressRow row;
    row.node = read_node(cells);
    row.host = cells.text();
    row.port = cells.number();
    return row;
}

RemedyEventRow read_event_row(Cells& cells) {
    RemedyEventRow row;
    row.action = cells.text_or_empty();
    row.outcome = cells.text_or_empty();
    row.events = cells.needed_number();
    row.last_at = cells.number();
    return row;
}

LastDropRow read_last_drop_row(Cells& cells) {
    LastDropRow row;
    row.number = cells.needed_number();
    row.node = read_node(cells);
    row.at = cells.needed_number();
    row.before_bytes = cells.number();
    row.clean_up = cells.text();
    row.after_bytes = cells.number();
    row.age = cells.needed_number();
    return row;
}

NodeRefusalRow read_refusal_row(Cells& cells) {
    NodeRefusalRow row;
    row.node = read_node(cells);
    row.refusal.code = cells.text_or_empty();
    row.refusal.text = cells.text_or_empty();
    return row;
}

DropRow read_drop_row(Cells& cells) {
    DropRow row;
    row.outcome = cells.text_or_empty();
    row.refusals = cells.text_or_empty();
    row.before_bytes = cells.number();
    return row;
}

// Of all volumes on the device that carries the data: where the WAL is on it too, the guard
// foresees for both together.
constexpr const char* kServerSql = R"sql(
SELECT extract(epoch FROM pg_postmaster_start_time())::text, v.size_bytes, v.free_bytes,
       extract(epoch FROM min(least(g.full_in, g.full_in_trend))), max(g.rung_number),
       extract(epoch FROM v.age)
FROM opsmon.volumes v
LEFT JOIN opsmon.volumes w ON w.device = v.device
LEFT JOIN opsmon.guard g ON g.volume = w.volume AND g.mode <> 'off'
WHERE v.volume = 'data' GROUP BY v.size_bytes, v.free_bytes, v.age LIMIT 1;
SELECT c.name, c.policy FROM opsmon.consumers c WHERE c.kind = 'slony_node'
ORDER BY c.policy NOT IN ('protect', 'last'), c.name LIMIT 1000;)sql";

DataVolumeRow read_volume_row(Cells& cells) {
    DataVolumeRow row;
    row.server_start = cells.text_or_empty();
    row.size_bytes = cells.number();
    row.free_bytes = cells.number();
    row.full_in = cells.number();
    row.rung = cells.number();
    row.age = cells.number();
    return row;
}

NodePolicyRow read_policy_row(Cells& cells) {
    NodePolicyRow row;
    row.name = cells.text_or_empty();
    row.policy = cells.text_or_empty();
    return row;
}

} // namespace

std::string remedy_installed_sql(const std::string& cluster_literal) {
    return "SELECT coalesce(bool_or(r.rolsuper AND has_schema_privilege(n.oid, 'USAGE')), false), "
           "quote_literal(" +
           cluster_literal +
           ") FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner "
           "WHERE n.nspname = 'opsmon_slony';";
}

Result<bool> read_remedy_installed(const Answer& answer) {
    auto rows = read_rows<bool>(answer, 0, "the schema opsmon_slony", [](Cells& cells) {
        const bool installed = cells.needed_bool();
        static_cast<void>(cells.text());
        return installed;
    });
    if (!rows) {
        return rows.error();
    }
    return !rows->empty() && rows->front();
}

std::string remedy_sql(const std::string& cluster_literal, const std::vector<int>& nodes,
                       const std::string& silence_literal) {
    std::string list = "{";
    for (const int node : nodes) {
        list += (list.size() > 1 ? "," : "") + std::to_string(node);
    }
    // The name last: what stands in it is not looked at again.
    std::string out = kRemedySql;
    replace_all(out, "{nodes}", list + "}");
    replace_all(out, "{silence}", silence_literal);
    replace_all(out, "{cluster}", cluster_literal);
    return out;
}

Result<SlonyRemedyRows> read_remedy(const Answer& answer) {
    SlonyRemedyRows out;
    Result<void> failed;
    std::vector<AboutRow> about;
    take_rows(about, read_rows(answer, kAbout, "the server", read_about_row), failed);
    take_rows(out.expendable, read_rows(answer, kExpendable, "opsmon_slony.expendable", read_node),
              failed);
    take_rows(out.addresses,
              read_rows(answer, kAddresses, "opsmon_slony.node_addresses()", read_address_row),
              failed);
    take_rows(out.events, read_rows(answer, kEvents, "opsmon_slony.ledger", read_event_row),
              failed);
    take_rows(out.last_drop,
              read_rows(answer, kLastDrop, "opsmon_slony.ledger", read_last_drop_row), failed);
    take_rows(out.deeds, read_rows(answer, kDeeds, "opsmon_slony.ledger", read_deed_row), failed);
    take_rows(out.refusals,
              read_rows(answer, kRefusals, "opsmon_slony.examine()", read_refusal_row), failed);
    if (!failed) {
        return failed.error();
    }
    if (about.size() != 1) {
        return Error{"the server answered with no row about itself"};
    }
    out.server_start = about.front().server_start;
    out.cluster_literal = about.front().cluster_literal;
    return out;
}

Result<DropRow> read_drop(const Answer& answer, std::size_t index) {
    auto rows = read_rows(answer, index, "opsmon_slony.drop_node()", read_drop_row);
    if (!rows) {
        return rows.error();
    }
    if (rows->size() != 1) {
        return Error{"opsmon_slony.drop_node() answered with no row"};
    }
    return std::move(rows->front());
}

const std::string& remedy_server_sql() {
    static const std::string sql = kServerSql;
    return sql;
}

Result<RemedyServerRows> read_remedy_server_rows(const Answer& answer) {
    RemedyServerRows out;
    Result<void> failed;
    take_rows(out.volume, read_rows(answer, 0, "opsmon.volumes", read_volume_row), failed);
    take_rows(out.policies, read_rows(answer, 1, "opsmon.consumers", read_policy_row), failed);
    if (!failed) {
        return failed.error();
    }
    return out;
}

} // namespace opsmon::postgres
