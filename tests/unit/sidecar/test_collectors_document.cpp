#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "collect/collectors_document.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("says_why_a_collector_fails_and_who_was_silent", "[collectors_document]") {
    Board board;
    const auto registration = board.add({"disk", "new", "cpu"}, {5s, 4s}, {});
    CollectorReport good;
    good.collector = "cpu";
    good.success = true;
    good.duration_seconds = 0.5;
    CollectorReport bad;
    bad.collector = "disk";
    bad.error = "/mnt: does not answer \xff";
    bad.silent = {{"mount_point", "/mnt"}};
    board.publish(registration, {good, bad}, {2500, SteadyTime(1s)});

    const json all = json::parse(collectors_document(board.view())).at("collectors");
    REQUIRE(all.size() == 3);
    CHECK(all[0] == json{{"collector", "cpu"},
                         {"success", true},
                         {"duration_seconds", 0.5},
                         {"last_success", 2.5}});
    CHECK(all[1] == json{{"collector", "disk"},
                         {"success", false},
                         {"duration_seconds", 0.0},
                         {"error", "/mnt: does not answer \xEF\xBF\xBD"},
                         {"silent", {{{"label", "mount_point"}, {"value", "/mnt"}}}}});
    CHECK(all[2] == json{{"collector", "new"}});
}
