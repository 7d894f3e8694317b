#include <catch2/catch.hpp>

#include <limits>

#include <nlohmann/json.hpp>

#include "postgres/slony_inventory.hpp"
#include "postgres/slony_teller.hpp"
#include "support/http_peer.hpp"

using namespace opsmon;
using namespace opsmon::postgres;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

SlonyNodeRow node(int id) {
    SlonyNodeRow row;
    row.node = id;
    row.comment = "node " + std::to_string(id);
    row.active = true;
    row.should_connect = id != 1;
    row.slon_backends = 2;
    row.heartbeat_age = 2.5;
    row.held_bytes = 4096;
    row.backlog_bytes = 8192;
    row.lag_seconds = 1.25;
    row.lag_events = 3;
    return row;
}

SlonyRows cluster(const std::string& name, int nodes) {
    SlonyRows rows;
    rows.found.database = "app";
    rows.found.cluster = name;
    rows.found.version = "2.2.11";
    rows.found.readable = true;
    rows.found.log_bytes = 1000000;
    rows.local.node = 1;
    rows.local.slon_backends = 1;
    rows.local.event_age = 2;
    for (int id = 1; id <= nodes; ++id) {
        rows.nodes.push_back(node(id));
    }
    return rows;
}

SlonyDeedRow deed(double number) {
    SlonyDeedRow row;
    row.number = number;
    row.at = 1764460800.25;
    row.database = "app";
    row.cluster = "production";
    row.node = 2;
    row.action = "drop";
    row.outcome = "done";
    row.reason = "silent for 2 h";
    row.detail = R"({"held_bytes": 4096})";
    return row;
}

} // namespace

TEST_CASE("a_node_is_told_with_what_is_known_of_its_cluster", "[slony]") {
    SlonyRows rows = cluster("production", 2);
    rows.nodes[0].heartbeat_age = {};
    const Json told = Json::parse(slony_inventory_json({rows}));
    REQUIRE(told.size() == 2);
    const Json& second = told[1];
    CHECK(second["database"] == "app");
    CHECK(second["cluster"] == "production");
    CHECK(second["version"] == "2.2.11");
    CHECK(second["node"] == 2);
    CHECK(second["comment"] == "node 2");
    CHECK(second["local_node"] == 1);
    CHECK(second["local_slon_up"] == true);
    CHECK(second["lag_seconds"] == 1.25);
    CHECK(second["held_bytes"].dump() == "4096");
    CHECK(second["log_bytes"].dump() == "1000000");
    CHECK(second["slon_backends"].dump() == "2");
    CHECK(told[0]["heartbeat_age"].is_null());
    CHECK(slony_inventory_json({}) == "[]");
}

TEST_CASE("a_dropped_node_whose_slon_is_connected_is_told_as_such", "[slony]") {
    SlonyRows rows = cluster("production", 1);
    rows.ghosts.push_back({2, 3});
    const Json told = Json::parse(slony_inventory_json({rows}));
    REQUIRE(told.size() == 2);
    CHECK(told[1]["node"] == 2);
    CHECK(told[1]["dropped"] == true);
    CHECK(told[1]["slon_backends"] == 3);
}

TEST_CASE("a_local_slon_counts_as_up_while_it_makes_events", "[slony]") {
    SlonyRows rows = cluster("production", 1);
    const auto up = [&rows] {
        return Json::parse(slony_inventory_json({rows}))[0]["local_slon_up"].get<bool>();
    };
    CHECK(up());
    rows.local.event_age = {};
    CHECK(up());
    rows.local.event_age = 60;
    CHECK_FALSE(up());
    rows.local.event_age = 2;
    rows.local.slon_backends = 0;
    CHECK_FALSE(up());
}

TEST_CASE("a_cluster_that_does_not_fit_is_left_out_whole", "[slony]") {
    const std::string text = slony_inventory_json(
        {cluster("first", 600), cluster("too_many", 401), cluster("fits", 400)});
    const Json told = Json::parse(text);
    CHECK(told.size() == 1000);
    CHECK(text.find("too_many") == std::string::npos);
    CHECK(text.size() < kMaxToldBytes);

    SlonyRows long_names = cluster(std::string(62, '\x01'), 900);
    for (SlonyNodeRow& row : long_names.nodes) {
        row.comment = std::string(1000, '\x01');
    }
    CHECK(Json::parse(slony_inventory_json({long_names, cluster("fits", 2)})).size() == 2);
    CHECK(slony_inventory_json({cluster("without_nodes", 0)}) == "[]");
}

TEST_CASE("names_that_are_no_text_and_numbers_that_are_none_break_nothing", "[slony]") {
    SlonyRows rows = cluster("q\"u'o\\te\n\xff", 2);
    rows.nodes[1].comment = std::string(199, 'x') + "\xc3\xa4";
    rows.nodes[1].lag_seconds = std::numeric_limits<double>::quiet_NaN();
    rows.nodes[1].held_bytes = std::numeric_limits<double>::infinity();
    rows.nodes[1].backlog_bytes = -5;
    const Json told = Json::parse(slony_inventory_json({rows}));
    REQUIRE(told.size() == 2);
    CHECK(told[1]["cluster"] == "q\"u'o\\te\n\xef\xbf\xbd");
    CHECK(told[1]["lag_seconds"].is_null());
    CHECK(told[1]["held_bytes"].is_null());
    CHECK(told[1]["backlog_bytes"] == 0);
    CHECK(Json::parse(slony_news({rows})).size() == 1);
}

TEST_CASE("deeds_are_told_with_their_facts_and_the_newest_if_too_many", "[slony]") {
    const Json told = Json::parse(slony_deeds_json({deed(7)}));
    REQUIRE(told.size() == 1);
    CHECK(told[0]["number"].dump() == "7");
    CHECK(told[0]["at"] == 1764460800.25);
    CHECK(told[0]["detail"]["held_bytes"] == 4096);

    SlonyDeedRow odd = deed(8);
    odd.node = {};
    odd.detail = "no JSON {";
    CHECK(Json::parse(slony_deeds_json({odd}))[0]["detail"] == "no JSON {");
    CHECK(Json::parse(slony_deeds_json({odd}))[0]["node"].is_null());
    odd.detail = std::string(9000, '1');
    CHECK(Json::parse(slony_deeds_json({odd}))[0]["detail"]["omitted_bytes"] == 9000);

    std::vector<SlonyDeedRow> many;
    for (int i = 1; i <= 1001; ++i) {
        many.push_back(deed(i));
    }
    const Json newest = Json::parse(slony_deeds_json(many));
    CHECK(newest.size() == 1000);
    CHECK(newest[0]["number"] == 2);
    CHECK(newest[999]["number"] == 1001);
}

TEST_CASE("numbers_that_only_move_are_no_news", "[slony]") {
    const std::string before = slony_news({cluster("production", 2)});
    SlonyRows rows = cluster("production", 2);
    rows.nodes[1].lag_seconds = 100;
    rows.nodes[1].heartbeat_age = 9;
    rows.nodes[1].slon_backends = 3;
    rows.nodes[1].held_bytes = 12e6;
    rows.found.log_bytes = 5e6;
    CHECK(slony_news({rows}) == before);
    CHECK(slony_news({}) != before);

    const auto is_news = [&before](auto change) {
        SlonyRows changed = cluster("production", 2);
        change(changed);
        return slony_news({changed}) != before;
    };
    CHECK(is_news([](SlonyRows& r) { r.nodes[1].slon_backends = 0; }));
    CHECK(is_news([](SlonyRows& r) { r.nodes[1].lag_seconds = 121; }));
    CHECK(is_news([](SlonyRows& r) { r.nodes[1].heartbeat_age = 301; }));
    CHECK(is_news([](SlonyRows& r) { r.nodes[1].heartbeat_age = {}; }));
    CHECK(is_news([](SlonyRows& r) { r.nodes[1].held_bytes = 26e6; }));
    CHECK(is_news([](SlonyRows& r) { r.nodes[1].held_bytes = {}; }));
    CHECK(is_news([](SlonyRows& r) { r.nodes[1].provides = 1; }));
    CHECK(is_news([](SlonyRows& r) { r.nodes.pop_back(); }));
    CHECK(is_news([](SlonyRows& r) { r.ghosts.push_back({3, 1}); }));
    CHECK(is_news([](SlonyRows& r) { r.local.slon_backends = 0; }));
    CHECK(is_news([](SlonyRows& r) { r.local.failed_nodes = 1; }));
}

TEST_CASE("news_is_told_at_once_and_no_news_once_a_minute", "[slony]") {
    const SteadyTime now = steady_now();
    CHECK(worth_telling({}, "news", "[]", now));
    const SlonyTold told{"news", "[]", now};
    CHECK_FALSE(worth_telling(told, "news", "[]", now + 59s));
    CHECK(worth_telling(told, "news", "[]", now + 60s));
    CHECK(worth_telling(told, "other", "[]", now));
    CHECK(worth_telling(told, "news", "[{}]", now));
}

TEST_CASE("a_server_that_never_answers_is_told_nothing_and_not_asked_again_at_once", "[slony]") {
    test::SilentPeer silent;
    config::Postgres settings;
    settings.conninfo =
        "host=127.0.0.1 sslmode=disable user=x dbname=x port=" + std::to_string(silent.port());
    settings.connect_timeout = 100ms;
    SlonyTeller teller(settings);
    const SteadyTime begun = steady_now();
    const auto first = teller.tell({cluster("production", 2)}, {}, begun + 60s, StopSignal());
    REQUIRE_FALSE(first);
    CHECK(first.error().message ==
          "cannot connect: no answer from PostgreSQL in time: it hangs or is overloaded");
    StopSignal stopping;
    stopping.request(); // whoever tried to connect now would say so
    const auto second = teller.tell({cluster("production", 2)}, {}, begun + 60s, stopping);
    REQUIRE_FALSE(second);
    CHECK(second.error().message == first.error().message);
    CHECK(steady_now() - begun < 30s);
}
