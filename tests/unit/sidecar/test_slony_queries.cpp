#include <catch2/catch.hpp>

#include "config/config.hpp"
#include "postgres/slony_database.hpp"
#include "postgres/slony_discovery.hpp"
#include "postgres/slony_queries.hpp"
#include "support/query_result.hpp"

using namespace opsmon;
using namespace opsmon::postgres;
using test::result_of;
using test::Row;

namespace {

const Row kLocal = {"1",   "t",    "1", "0.5", nullptr, "2",   "65.5", "8192",
                    "100", "4096", "4", "300", "54",    "0.0", "3"};
const Row kNode = {"3",  "reports", "t", "f", "f", "1",  "0",   "1 2", "7",
                   "12", "f",       "9", "t", "2", "10", "500", "40"};

Answer full_answer() {
    Answer answer;
    answer.results.push_back(result_of({kLocal}, 15));
    answer.results.push_back(result_of({kNode}, 17));
    answer.results.push_back(result_of({{"9", "3"}}, 2));
    return answer;
}

SlonyClusterRow found() {
    SlonyClusterRow row;
    row.database = "app";
    row.cluster = "production";
    return row;
}

} // namespace

TEST_CASE("a_cluster_is_read_into_rows", "[slony]") {
    const auto rows = read_slony(full_answer(), found());
    REQUIRE(rows);
    CHECK(rows->found.cluster == "production");
    CHECK(rows->local.node == 1);
    CHECK(rows->local.is_origin);
    CHECK_FALSE(rows->local.cleanup_age);
    CHECK(rows->local.log_status == 2);
    CHECK(rows->local.switch_age == 65.5);
    CHECK(rows->local.nodes == 3);
    REQUIRE(rows->nodes.size() == 1);
    CHECK(rows->nodes[0].node == 3);
    CHECK(rows->nodes[0].providers == std::vector<int>{1, 2});
    CHECK(rows->nodes[0].lag_seconds == 12);
    CHECK(rows->nodes[0].held_bytes == 40);
    REQUIRE(rows->ghosts.size() == 1);
    CHECK(rows->ghosts[0].slon_backends == 3);
}

TEST_CASE("an_answer_that_is_not_whole_is_an_error", "[slony]") {
    Answer answer = full_answer();
    answer.results.pop_back();
    answer.error = "permission denied for table sl_nodelock";
    const auto refused = read_slony(answer, found());
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Catch::Contains("sl_nodelock"));

    Answer other = full_answer();
    other.results[0] = result_of({}, 15);
    CHECK_FALSE(read_slony(other, found()));
    other.results[0] = result_of({{"1", "2"}}, 2);
    CHECK_FALSE(read_slony(other, found()));
}

TEST_CASE("the_schema_stands_in_the_statements_only_as_it_was_quoted", "[slony]") {
    const std::string sql = slony_sql({"\"_Bill\"\"ing 2\"", "'_Bill\"ing 2'"});
    CHECK_THAT(sql, Catch::Contains("FROM \"_Bill\"\"ing 2\".sl_event"));
    CHECK_THAT(sql, Catch::Contains("format('%I.sl_log_1', '_Bill\"ing 2')::regclass"));
    CHECK(sql.find('@') == sql.npos);
}

TEST_CASE("logs_are_probed_never_counted_and_no_change_is_read", "[slony]") {
    const std::string sql = slony_sql({"s", "'s'"});
    CHECK(sql.find("log_cmdargs") == sql.npos);
    CHECK(sql.find("pa_conninfo") == sql.npos);
    CHECK(sql.find("ev_data") == sql.npos);
    for (auto at = sql.find("sl_log_1 "); at != sql.npos; at = sql.find("sl_log_1 ", at + 1)) {
        const std::string before = sql.substr(at - 40, 40);
        CAPTURE(before);
        CHECK(before.find("count(") == before.npos);
        CHECK(sql.find("LIMIT 1", at) - at < 250);
    }
}

TEST_CASE("databases_and_clusters_are_read_as_discovery_gives_them", "[slony]") {
    Answer answer;
    answer.results.push_back(result_of({{"app", "8", "2"}, {"x y", "0", "2"}}, 3));
    const auto databases = read_slony_databases(answer);
    REQUIRE(databases);
    CHECK(databases->at(1).database == "x y");
    CHECK(databases->at(0).slon_backends == 8);

    answer.results[0] =
        result_of({{"app", "_Billing2", "Billing2", "2.2.11", "f", "32768", "t"}}, 7);
    const auto clusters = read_slony_clusters(answer);
    REQUIRE(clusters);
    CHECK(clusters->at(0).schema == "_Billing2");
    CHECK(clusters->at(0).version == "2.2.11");
    CHECK_FALSE(clusters->at(0).readable);
    CHECK(clusters->at(0).standby);
}

TEST_CASE("slony_is_read_with_the_login_of_the_server_unless_it_has_its_own", "[slony]") {
    config::Postgres server;
    server.conninfo = "host=a user=opsmon";
    server.password_file = "/secret";
    config::Slony slony;
    CHECK(slony_login(server, slony) == server);
    slony.conninfo = "host=a user=reader";
    const auto login = slony_login(server, slony);
    CHECK(login.conninfo == "host=a user=reader");
    CHECK(login.password_file.empty()); // another's password is not its own
    CHECK(login.lock_timeout == server.lock_timeout);
}
