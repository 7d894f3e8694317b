#include <catch2/catch.hpp>

#include "collect/postgresql/postgresql.hpp"
#include "postgres/queries.hpp"
#include "support/query_result.hpp"

using namespace opsmon;
using namespace opsmon::postgres;
using test::result_of;
using test::Row;

namespace {

const Row kServerRow = {"15.4", "app", "f", "1000.5", "900", "100", "0.1.0", "42", nullptr};
const Row kStatusRow = {"1",  "1", "999", "0.5",       "10", "0", nullptr, "10", "995",  "5",
                        "20", "1", "oh",  "recording", "2",  "0", nullptr, "0",  "0.2.0"};
const Row kSlotRow = {"standby_1", "physical", "t",     "reserved", nullptr,
                      "4096",      "999",      nullptr, "990",      "0"};
const Row kSenderRow = {"42",        "standby_1", "walreceiver", "10.0.0.1", "standby_1",
                        "streaming", "async",     "950",         "4096",     "0",
                        nullptr,     nullptr,     "0.25",        "999",      "1"};
const Row kWalRow = {"5000000000", "16777216", "33554432", "2",    "16777216",
                     "7",          "900",      "1",        nullptr};

const Row kGuardStateRow = {"enforce", "f",   nullptr, "writers",   "f",     "980", "12", "3",
                            "0",       "970", "0",     "268435456", nullptr, "999", "0",  "0"};

const Row kConsumerRow = {"standby",  "berlin replicator@10.0.0.5",
                          "vanished", "berlin",
                          nullptr,    nullptr,
                          nullptr,    "1",
                          nullptr,    nullptr,
                          "500",      "990",
                          "991",      "1"};

Answer full_answer() {
    Answer answer;
    answer.results.push_back(result_of({kServerRow}, 9));
    answer.results.push_back(result_of({kStatusRow}, 19));
    answer.results.push_back(result_of({kSlotRow}, 10));
    answer.results.push_back(result_of({kSenderRow}, 15));
    answer.results.push_back(result_of({kWalRow}, 9));
    answer.results.push_back(
        result_of({{"wal", "100", "50", nullptr, "60", "1", nullptr, "/wal", "64784"}}, 9));
    answer.results.push_back(result_of({{"active", "3"}, {nullptr, "6"}}, 2));
    answer.results.push_back(result_of({kGuardStateRow}, 16));
    answer.results.push_back(
        result_of({{"evict", "done", "1", "990"}, {"fence", "done", "0", nullptr}}, 4));
    answer.results.push_back(result_of({{"old", "done", "990", "4096"}}, 4));
    answer.results.push_back(result_of(
        {{"slot", "standby_1", "4096", "1024", "2"}, {"archiver", nullptr, "7", "0", "2"}}, 5));
    answer.results.push_back(result_of({{"standby_1", "1024"}}, 2));
    answer.results.push_back(result_of({{"2", "9.5", "3", nullptr, "60", "0.25", "0.125"}}, 7));
    answer.results.push_back(result_of({{"session", "700"}, {"slot", nullptr}}, 2));
    answer.results.push_back(result_of({{"broken stream", "t", nullptr, nullptr, "0", "990"}}, 6));
    answer.results.push_back(result_of({{"critical", "1"}, {"notice", "0"}}, 2));
    answer.results.push_back(result_of({{"shop", "app", "till", "77", "12.5", "1"}}, 6));
    answer.results.push_back(result_of({{"3", "995"}}, 2));
    answer.results.push_back(result_of({kConsumerRow}, 14));
    return answer;
}

} // namespace

TEST_CASE("reads_a_full_answer_and_keeps_null_apart_from_zero") {
    const Answer answer = full_answer();
    const auto server = read_server(answer);
    REQUIRE(server);
    CHECK(server->version == "15.4");
    CHECK(server->now == 1000.5);
    const auto rows = read_extension(answer);
    REQUIRE(rows);
    CHECK(rows->status.guard.age == 0.5);
    CHECK_FALSE(rows->status.guard.last_error);
    CHECK(rows->status.sampler.last_error == "oh");
    CHECK(rows->status.slots_omitted == 0.0);
    CHECK_FALSE(rows->status.senders_omitted);
    CHECK(rows->slots.at(0).active);
    CHECK_FALSE(rows->slots.at(0).safe_wal_bytes);
    CHECK(rows->slots.at(0).wal_since_progress_bytes == 0.0);
    CHECK(rows->senders.at(0).replay_lag == 0.25);
    CHECK_FALSE(rows->senders.at(0).write_lag);
    CHECK(rows->wal.at(0).current_lsn_bytes == 5e9);
    CHECK_FALSE(rows->volumes.at(0).free_inodes);
    CHECK(rows->volumes.at(0).rung == 1.0);
    CHECK_FALSE(rows->volumes.at(0).full_in);
    CHECK(rows->volumes.at(0).path == "/wal");
    CHECK(rows->volumes.at(0).device == 64784.0);
    CHECK(server->backend_pid == 42.0);
    CHECK_FALSE(server->server_address);
    CHECK_FALSE(rows->activity.at(1).state);
}

TEST_CASE("reads_the_guards_own_account_from_a_full_answer") {
    const Answer answer = full_answer();
    const auto rows = read_extension(answer);
    REQUIRE(rows);
    const GuardRows& guard = rows->guard;
    const GuardStateRow& state = guard.state.at(0);
    CHECK(state.mode == "enforce");
    CHECK_FALSE(state.suspended);
    CHECK_FALSE(state.suspended_until);
    CHECK(state.fence == "writers");
    CHECK_FALSE(state.fence_by_hand);
    CHECK(state.fence_since == 980.0);
    CHECK(state.refused_statements == 12.0);
    CHECK(state.cancelled_statements == 3.0);
    CHECK(state.held_commits == 0.0);
    CHECK(state.policies_loaded_at == 970.0);
    CHECK(state.policies_omitted == 0.0);
    CHECK(state.ballast_wal_bytes == 268435456.0);
    CHECK_FALSE(state.ballast_data_bytes);
    CHECK(state.reclaimer_last_tick_at == 999.0);
    CHECK(state.archiver_stuck == 0.0);
    CHECK(state.reports_lost == 0.0);
    CHECK(guard.events.at(0).action == "evict");
    CHECK(guard.events.at(0).outcome == "done");
    CHECK(guard.events.at(1).events == 0.0);
    CHECK_FALSE(guard.events.at(1).last_at);
    CHECK(guard.evictions.at(0).slot_name == "old");
    CHECK(guard.evictions.at(0).held_bytes == 4096.0);
    CHECK(guard.holders.at(1).holder == "archiver");
    CHECK(guard.holders.at(1).name.empty());
    CHECK(guard.holders.at(0).marginal_bytes == 1024.0);
    CHECK(guard.next_victim.at(0).slot_name == "standby_1");
}

TEST_CASE("reads_what_goes_on_at_this_moment") {
    const Answer answer = full_answer();
    const auto rows = read_extension(answer);
    REQUIRE(rows);
    const MomentRow& moment = rows->live.moment.at(0);
    CHECK(moment.slow_queries == 2.0);
    CHECK(moment.slow_query_longest == 9.5);
    CHECK(moment.blocked_sessions == 3.0);
    CHECK_FALSE(moment.blocked_longest);
    CHECK(moment.idle_in_transaction_longest == 60.0);
    CHECK(moment.xid_used == 0.25);
    CHECK(moment.mxid_used == 0.125);
    CHECK(rows->live.horizons.at(0).xmin_age == 700.0);
    CHECK_FALSE(rows->live.horizons.at(1).xmin_age);
    const ReceiverRow& receiver = rows->live.receiver.at(0);
    CHECK(receiver.state == "broken stream");
    CHECK(receiver.replay_paused);
    CHECK_FALSE(receiver.lag_bytes);
    CHECK_FALSE(receiver.lag);
    CHECK(receiver.not_replayed_bytes == 0.0);
    CHECK(receiver.last_message_at == 990.0);
    CHECK(rows->live.advice.at(1).count == 0.0);
    const SlowRow& slow = rows->live.slow.at(0);
    CHECK(slow.database == "shop");
    CHECK(slow.username == "app");
    CHECK(slow.application_name == "till");
    CHECK(slow.query_id == "77");
    CHECK(slow.longest == 12.5);
    CHECK(slow.running == 1.0);
}

TEST_CASE("reads_the_inventory_from_a_full_answer") {
    const Answer answer = full_answer();
    const auto rows = read_extension(answer);
    REQUIRE(rows);
    CHECK(rows->consumers.error.empty());
    CHECK(rows->consumers.learner.at(0).failures == 3.0);
    CHECK(rows->consumers.learner.at(0).learned_at == 995.0);
    const ConsumerRow& consumer = rows->consumers.consumers.at(0);
    CHECK(consumer.kind == "standby");
    CHECK(consumer.name == "berlin replicator@10.0.0.5");
    CHECK(consumer.state == "vanished");
    CHECK(consumer.application_name == "berlin");
    CHECK(consumer.owner.empty());
    CHECK(consumer.unowned == 1.0);
    CHECK_FALSE(consumer.expected);
    CHECK_FALSE(consumer.held_bytes);
    CHECK(consumer.first_seen == 500.0);
    CHECK(consumer.last_seen == 990.0);
    CHECK(consumer.state_since == 991.0);
    CHECK(consumer.consumers == 1.0);
}

TEST_CASE("an_inventory_that_cannot_be_read_costs_nothing_else") {
    Answer answer = full_answer();
    answer.results.pop_back();
    answer.error = "canceling statement due to lock timeout";
    const auto rows = read_extension(answer);
    REQUIRE(rows);
    CHECK(rows->consumers.error == "canceling statement due to lock timeout");
    collect::StandbyIdentity identity;
    collect::Heard heard;
    const auto reports = collect::report_postgresql(std::move(answer), identity, heard);
    REQUIRE(reports.size() == 4);
    CHECK(reports[0].success);
    CHECK(reports[1].success);
    CHECK(reports[2].success);
    CHECK_FALSE(reports[3].success);
    CHECK(reports[3].error == "canceling statement due to lock timeout");
}

TEST_CASE("an_answer_of_another_shape_is_an_error_that_names_the_view") {
    Answer answer = full_answer();
    answer.results[2] = result_of({Row(8, "x")}, 8);
    CHECK(read_extension(answer).error().message.find("opsmon.slots") != std::string::npos);
    answer = full_answer();
    answer.results[6] = result_of({{"active", "many"}}, 2);
    CHECK(read_extension(answer).error().message.find("opsmon.connections") != std::string::npos);
    const char* views[] = {
        "opsmon.guard_state",        "opsmon.guard_event_counts", "opsmon.live_guard_events()",
        "opsmon.live_wal_holders()", "opsmon.guard_plan",         "opsmon.slow_queries",
        "opsmon.xmin_horizon",       "opsmon.receiver",           "opsmon.advice"};
    for (std::size_t i = 0; i < std::size(views); ++i) {
        answer = full_answer();
        answer.results[7 + i] = result_of({Row(1, "x")}, 1);
        CAPTURE(views[i]);
        const auto rows = read_extension(answer);
        const std::string error = rows ? rows->live.error : rows.error().message;
        CHECK(error.find(views[i]) != std::string::npos);
        CHECK(static_cast<bool>(rows) == (i >= 5)); // what goes on at this moment is by itself
    }
    answer = full_answer();
    answer.results.resize(answer.results.size() - 3); // the last of the moment, and the inventory
    const auto partly = read_extension(answer);
    REQUIRE(partly);
    CHECK(partly->live.error.find("no answer for opsmon.slow_queries") != std::string::npos);
    CHECK_FALSE(partly->live.advice.empty());
    collect::StandbyIdentity identity;
    collect::Heard heard;
    const auto reports = collect::report_postgresql(std::move(answer), identity, heard);
    for (const auto& report : reports) {
        const bool depends =
            report.collector == "postgresql" || report.collector == "postgresql_consumers";
        CAPTURE(report.collector);
        CHECK(report.success == !depends);
    }
    answer = full_answer();
    answer.results[1] = result_of({}, 18);
    CHECK(read_extension(answer).error().message.find("shared_preload_libraries") !=
          std::string::npos);
    answer = full_answer();
    answer.results[0] = result_of({}, 9);
    CHECK_FALSE(read_server(answer));
}

TEST_CASE("every_statement_is_bounded_and_selects_from_named_schemas_only") {
    const std::string sql = server_sql() + extension_sql();
    std::size_t statements = 0;
    std::size_t limits = 0;
    for (std::size_t at = 0; (at = sql.find(';', at)) != std::string::npos; ++at) {
        ++statements;
    }
    for (std::size_t at = 0; (at = sql.find("LIMIT ", at)) != std::string::npos; ++at) {
        ++limits;
    }
    CHECK(statements == 19);
    CHECK(limits == statements);
}

TEST_CASE("as_many_slots_are_asked_for_and_read_as_the_extension_keeps") {
    constexpr std::size_t kSlotsMax = 1024;
    const std::string& sql = extension_sql();
    const std::size_t slots = sql.find("FROM opsmon.slots");
    REQUIRE(slots != std::string::npos);
    CHECK(sql.substr(slots, sql.find(';', slots) - slots).ends_with(" LIMIT 1024"));
    Answer answer = full_answer();
    answer.results[2] = result_of(std::vector<Row>(kSlotsMax, kSlotRow), 10);
    const auto rows = read_extension(answer);
    REQUIRE(rows);
    CHECK(rows->slots.size() == kSlotsMax);
}

TEST_CASE("a_full_answer_makes_four_reports_that_succeed") {
    collect::StandbyIdentity identity;
    collect::Heard heard;
    const auto reports = collect::report_postgresql(full_answer(), identity, heard);
    REQUIRE(reports.size() == 4);
    for (const auto& report : reports) {
        CAPTURE(report.collector, report.error);
        CHECK(report.success);
        CHECK_FALSE(report.samples.samples().empty());
    }
}

TEST_CASE("a_full_answer_is_heard_with_its_volumes_and_a_stale_guards_without") {
    collect::StandbyIdentity identity;
    collect::Heard heard;
    collect::report_postgresql(full_answer(), identity, heard);
    REQUIRE(heard.volumes);
    CHECK(heard.server->backend_pid == 42.0);
    CHECK(heard.volumes->on_this_machine); // over a unix socket
    CHECK(heard.volumes->volumes.at(0).path == "/wal");
    CHECK(heard.volumes->segment_bytes == 16777216.0);
    Answer stale = full_answer();
    Row status = kStatusRow;
    status[3] = "1000"; // guard_age
    stale.results[1] = result_of({status}, 18);
    collect::Heard nothing;
    collect::report_postgresql(std::move(stale), identity, nothing);
    CHECK_FALSE(nothing.volumes);
}

TEST_CASE("a_missing_extension_is_said_with_what_to_type") {
    Answer answer;
    answer.results.push_back(
        result_of({{"15.4", "app", "f", "1000.5", "900", "100", nullptr, "42", nullptr}}, 9));
    collect::StandbyIdentity identity;
    collect::Heard heard;
    const auto reports = collect::report_postgresql(std::move(answer), identity, heard);
    CHECK_FALSE(reports[0].success);
    CHECK(reports[0].error ==
          "extension opsmon is not created in database app; run: CREATE EXTENSION opsmon");
    CHECK(reports[0].samples.samples().at(0).value == 1); // postgresql_up
    CHECK_FALSE(reports[1].success);
    CHECK_FALSE(reports[2].success);
}

TEST_CASE("other_errors_of_the_views_are_passed_on") {
    Answer answer;
    answer.results.push_back(result_of({kServerRow}, 9));
    answer.error = "permission denied for view status";
    answer.error_code = "42501";
    collect::StandbyIdentity identity;
    collect::Heard heard;
    CHECK(collect::report_postgresql(std::move(answer), identity, heard)[0].error ==
          "permission denied for view status; the user in postgres.conninfo needs the role "
          "pg_monitor");
}

TEST_CASE("a_server_that_does_not_answer_is_down_in_all_four_reports") {
    collect::StandbyIdentity identity;
    collect::Heard heard;
    const auto reports = collect::report_postgresql(Error{"no answer"}, identity, heard);
    REQUIRE(reports.size() == 4);
    CHECK(reports[0].error == "no answer");
    REQUIRE(reports[0].samples.samples().size() == 1);
    CHECK(reports[0].samples.samples()[0].value == 0);
    CHECK(reports[1].samples.samples().empty());
    CHECK(reports[2].samples.samples().empty());
    CHECK(reports[3].samples.samples().empty());
}
