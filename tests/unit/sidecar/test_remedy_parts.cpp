#include <catch2/catch.hpp>

#include "remedy/by_hand.hpp"
#include "remedy/clean_up.hpp"
#include "remedy/reach_record.hpp"

using namespace opsmon;
using namespace opsmon::remedy;

namespace {

postgres::LastDropRow last_drop() {
    postgres::LastDropRow row;
    row.number = 7;
    row.node = 2;
    row.before_bytes = 100e6;
    row.age = 10;
    return row;
}

// Steps until there is nothing left to do; `bytes` says what a place has after so many steps.
template <typename Bytes>
Step run(CleanUp& clean_up, Bytes bytes) {
    for (TimestampMs now = 1'000'000;; now += kStepPauseMs) {
        const Step step = next_step(clean_up, now);
        if (step.kind != Step::Kind::Clean) {
            return step;
        }
        note_step(clean_up, step.place, now,
                  bytes(step.place, clean_up.places[step.place].steps + 1), "");
    }
}

} // namespace

TEST_CASE("the_clean_up_goes_on_until_the_logs_have_fallen", "[slony_remedy]") {
    auto clean_up = *resume(last_drop(), std::nullopt, 0);
    CHECK(clean_up.node == 2);
    const Step last =
        run(clean_up, [](std::size_t, unsigned step) { return step < 24 ? 70e6 : 0.1e6; });
    CHECK(last.kind == Step::Kind::Finish);
    CHECK(last.fell);
    CHECK(clean_up.places[0].steps == 24);
    CHECK(describe(clean_up) == "the logs here: 95.4 MB before, 97.7 kB after 24 steps");
}

TEST_CASE("the_clean_up_gives_up_after_its_last_step", "[slony_remedy]") {
    auto clean_up = *resume(last_drop(), std::nullopt, 0);
    const Step last = run(clean_up, [](std::size_t, unsigned) { return 70e6; });
    CHECK(last.kind == Step::Kind::Finish);
    CHECK_FALSE(last.fell);
    CHECK(clean_up.places[0].steps == kStepsMax);
}

TEST_CASE("logs_that_could_not_be_looked_at_have_not_fallen", "[slony_remedy]") {
    auto clean_up = *resume(last_drop(), std::nullopt, 0);
    const Step last = run(clean_up, [](std::size_t, unsigned) { return std::optional<double>(); });
    CHECK(last.kind == Step::Kind::Finish);
    CHECK_FALSE(last.fell);
}

TEST_CASE("forwarders_are_cleaned_too_and_hold_up_nobody", "[slony_remedy]") {
    auto clean_up = *resume(last_drop(), std::nullopt, 2);
    const Step last = run(clean_up, [](std::size_t place, unsigned step) {
        return place == 2 ? std::optional<double>() // cannot be reached
               : step < 3 ? 90e6
                          : 1e6;
    });
    CHECK(last.fell);
    CHECK(clean_up.places[0].steps == 3);
    CHECK(clean_up.places[1].steps == 3);
    CHECK(clean_up.places[2].steps == kStepsMax);
}

TEST_CASE("steps_have_a_pause_between_them", "[slony_remedy]") {
    auto clean_up = *resume(last_drop(), std::nullopt, 0);
    note_step(clean_up, 0, 5'000, 90e6, "");
    CHECK(next_step(clean_up, 5'999).kind == Step::Kind::Wait);
    CHECK(next_step(clean_up, 6'000).kind == Step::Kind::Clean);
    CHECK(next_step(clean_up, 4'000).kind == Step::Kind::Clean); // the clock was set
}

TEST_CASE("a_restart_goes_on_with_the_clean_up_of_the_last_drop", "[slony_remedy]") {
    auto clean_up = *resume(last_drop(), std::nullopt, 1);
    note_step(clean_up, 0, 5'000, 90e6, "");
    note_step(clean_up, 1, 6'000, std::nullopt, "no \"answer\"");
    const auto kept = clean_up_from_json(to_json(clean_up));
    REQUIRE(kept);
    CHECK(*resume(last_drop(), kept, 1) == clean_up);
    SECTION("without what was kept it begins anew") {
        CHECK(resume(last_drop(), std::nullopt, 1)->places[0].steps == 0);
    }
    SECTION("what was kept of another drop, or for other forwarders, does not count") {
        auto row = last_drop();
        row.number = 8;
        CHECK(resume(row, kept, 1)->places[0].steps == 0);
        CHECK(resume(last_drop(), kept, 2)->places[0].steps == 0);
    }
    SECTION("a drop that was cleaned up, or is long ago, needs nothing") {
        auto row = last_drop();
        row.clean_up = "failed";
        CHECK_FALSE(resume(row, kept, 1));
        row = last_drop();
        row.age = kResumeSecondsMax + 1;
        CHECK_FALSE(resume(row, kept, 1));
        CHECK_FALSE(resume(std::nullopt, kept, 1));
    }
}

TEST_CASE("a_clean_up_that_makes_no_sense_is_none", "[slony_remedy]") {
    for (const char* text :
         {"", "{", "[]", "{}", "{\"drop\":1}", "{\"drop\":\"x\",\"last_step_at\":0,\"places\":[]}",
          "{\"drop\":1,\"last_step_at\":0,\"places\":[{}]}"}) {
        CHECK_FALSE(clean_up_from_json(text));
    }
}

TEST_CASE("tries_that_found_nobody_are_counted_in_a_row", "[slony_remedy]") {
    ReachRecord record;
    CHECK(record.is_due(0, 30'000));
    CHECK_FALSE(record.reach().address_known);
    for (TimestampMs at = 30'000; at <= 300'000; at += 30'000) {
        record.note(at, Tried::Nobody, "refused", 150'000);
    }
    CHECK(record.reach().tries == 10);
    CHECK(record.reach().first_try_at == 30'000);
    CHECK_FALSE(record.is_due(310'000, 30'000));
    CHECK(record.is_due(330'000, 30'000));
    SECTION("an answer ends the row") {
        record.note(330'000, Tried::Answered, "it answers", 150'000);
        CHECK(record.reach().tries == 0);
        CHECK(record.reach().answered);
        record.note(360'000, Tried::Nobody, "refused", 150'000);
        CHECK(record.reach().tries == 1);
        CHECK(record.reach().first_try_at == 360'000);
        CHECK_FALSE(record.reach().answered);
    }
    SECTION("what is not certain counts as an answer") {
        record.note(330'000, Tried::Unsure, "the name is not found", 150'000);
        CHECK(record.reach().answered);
    }
    SECTION("a long pause, or a clock that was set back, begins anew") {
        record.note(450'001, Tried::Nobody, "refused", 150'000);
        CHECK(record.reach().tries == 1);
        record.note(400'000, Tried::Nobody, "refused", 150'000);
        CHECK(record.reach().tries == 1);
    }
    SECTION("an address that is not known any more is no answer and no try") {
        record.forget();
        CHECK_FALSE(record.reach().address_known);
        CHECK(record.reach().tries == 0);
    }
}

TEST_CASE("the_scripts_name_the_node_and_no_secret", "[slony_remedy]") {
    DropByHand drop{
        "production", "app", 2, 1, "'production'", {{1, "db1", 5433.0}, {2, "db2", {}}}};
    CHECK(slonik_script(drop) ==
          "cluster name = production;\n"
          "node 1 admin conninfo = 'host=db1 port=5433 dbname=app user=SLONY connect_timeout=3';\n"
          "drop node (id = 2, event node = 1);\n");
    CHECK(
        sql_script(drop).find("opsmon_slony.drop_node('production', 2, '1 h', false, 'by hand')") !=
        std::string::npos);
    drop.addresses.clear();
    CHECK(slonik_script(drop).find("host=HOST dbname=app") != std::string::npos);
    drop.cluster_literal = "";
    CHECK(sql_script(drop).empty());
}

TEST_CASE("hostile_names_stay_within_their_quotes", "[slony_remedy]") {
    const DropByHand drop{"a'; drop\n", "my 'db'\\", 2, 1, "", {}};
    CHECK(slonik_script(drop) ==
          "cluster name = 'a''; drop?';\n"
          "node 1 admin conninfo = 'host=HOST dbname=''my \\''db\\''\\\\'' user=SLONY "
          "connect_timeout=3';\n"
          "drop node (id = 2, event node = 1);\n");
}
