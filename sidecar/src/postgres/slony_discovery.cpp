#include "postgres/slony_discovery.hpp"

#include "postgres/read_rows.hpp"

namespace opsmon::postgres {
namespace {

constexpr const char* kDatabasesSql = R"sql(
SELECT d.datname, coalesce(s.backends, 0), count(*) OVER ()
  FROM pg_database d
  LEFT JOIN (SELECT datid, count(*) AS backends FROM pg_stat_activity
              WHERE application_name LIKE 'slon.%' GROUP BY datid) s ON s.datid = d.oid
 WHERE d.datallowconn AND NOT d.datistemplate
 ORDER BY coalesce(s.backends, 0) > 0 DESC, d.datname
 LIMIT 1000;)sql";

SlonyDatabaseRow read_database_row(Cells& cells) {
    SlonyDatabaseRow row;
    row.database = cells.text_or_empty();
    row.slon_backends = cells.needed_number();
    row.databases = cells.needed_number();
    return row;
}

// Whatever else the schema holds, the function is what an ordinary user cannot put there. Slony's
// own tables are ordinary ones: a view of that name would run its owner's functions.
constexpr const char* kClustersSql = R"sql(
SELECT current_database(), n.nspname, substr(n.nspname, 2),
       substring(p.probin FROM 'slony1_funcs\.([0-9][0-9.]*)'),
       has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT'),
       pg_total_relation_size(l1.oid) + pg_total_relation_size(l2.oid), pg_is_in_recovery()
  FROM pg_namespace n
  JOIN pg_proc p ON p.pronamespace = n.oid AND p.proname = 'getlocalnodeid'
                AND p.probin LIKE '%slony1_funcs%'
  JOIN pg_language g ON g.oid = p.prolang AND g.lanname = 'c'
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'sl_node' AND c.relkind = 'r'
  JOIN pg_class l1 ON l1.relnamespace = n.oid AND l1.relname = 'sl_log_1' AND l1.relkind = 'r'
  JOIN pg_class l2 ON l2.relnamespace = n.oid AND l2.relname = 'sl_log_2' AND l2.relkind = 'r'
 WHERE starts_with(n.nspname, '_')
 ORDER BY n.nspname
 LIMIT 100;)sql";

SlonyClusterRow read_cluster_row(Cells& cells) {
    SlonyClusterRow row;
    row.database = cells.text_or_empty();
    row.schema = cells.text_or_empty();
    row.cluster = cells.text_or_empty();
    row.version = cells.text();
    row.readable = cells.needed_bool();
    row.log_bytes = cells.number();
    row.standby = cells.needed_bool();
    return row;
}

} // namespace

const std::string& slony_databases_sql() {
    static const std::string sql = kDatabasesSql;
    return sql;
}

Result<std::vector<SlonyDatabaseRow>> read_slony_databases(const Answer& answer) {
    return read_rows(answer, 0, "the list of databases", read_database_row);
}

const std::string& slony_clusters_sql() {
    static const std::string sql = kClustersSql;
    return sql;
}

Result<std::vector<SlonyClusterRow>> read_slony_clusters(const Answer& answer) {
    return read_rows(answer, 0, "the search for Slony-I", read_cluster_row);
}

} // namespace opsmon::postgres
