#include <catch2/catch.hpp>

#include "history/joined.hpp"
#include "support/series.hpp"
#include "web/prometheus_query.hpp"

#include <nlohmann/json.hpp>

using namespace opsmon;
using nlohmann::json;

namespace {

constexpr TimestampMs kMinute = 60'000;
constexpr TimestampMs kHour = 60 * kMinute;
const auto kAll = [](const metrics::Labels&) { return true; };

std::string shown(const std::vector<history::SelectedPoint>& points) {
    std::string out;
    for (const auto& [labels, point] : points) {
        out += labels->to_string() + "=" + std::to_string(static_cast<int>(point.value)) + " ";
    }
    return out;
}

// A window that began at the third hour, and a database that remembers the two before.
struct World {
    history::History window;
    std::vector<postgres::KeptQuestion> questions;
    Result<std::vector<postgres::KeptValue>> kept = std::vector<postgres::KeptValue>();

    World() {
        for (TimestampMs at = 2 * kHour; at <= 3 * kHour; at += kMinute) {
            window.append(at,
                          test::points({
                              {"postgresql_slot_active{slot_name=\"s\",slot_type=\"physical\"}", 1},
                              {"postgresql_slot_retained_bytes{slot_name=\"s\",slot_type="
                               "\"physical\"}",
                               200},
                              {"postgresql_replication_info{slave=\"10.0.0.2\",consumer=\"c\"}", 1},
                              {"postgresql_wal_size_bytes", 3},
                              {"other", 7},
                          }));
        }
        std::vector<postgres::KeptValue> values;
        for (TimestampMs at = 0; at <= 2 * kHour; at += 10 * kMinute) {
            values.push_back({at, 0, "", 1});
            values.push_back({at, 5, "s", 100});
            values.push_back({at, 5, "gone", 50});
            values.push_back({at, 6, "c", 9});
        }
        kept = values;
    }

    json ask(const std::string& expression, TimestampMs start, TimestampMs end) {
        const auto read = [this](const auto& reader) { reader(window); };
        const auto answer =
            web::answer_query_range({{"query", expression},
                                     {"start", std::to_string(start / 1000)},
                                     {"end", std::to_string(end / 1000)},
                                     {"step", "600"}},
                                    read, {}, [this](const postgres::KeptQuestion& question) {
                                        questions.push_back(question);
                                        return kept;
                                    });
        return json::parse(answer.body);
    }
};

} // namespace

TEST_CASE("two_sources_are_one_at_their_border", "[history]") {
    history::History older;
    history::History newer;
    for (TimestampMs at = 0; at <= 100'000; at += 10'000) {
        older.append(at, test::points({{"m{a=\"1\"}", 1}, {"m{a=\"2\"}", 1}, {"m{a=\"3\"}", 1}}));
        newer.append(
            at, test::points(
                    at < 70'000
                        ? test::SeriesList{{"m{a=\"0\"}", 2}, {"m{a=\"1\"}", 2}, {"m{a=\"2\"}", 2}}
                        : test::SeriesList{{"m{a=\"0\"}", 2}, {"m{a=\"1\"}", 2}}));
    }
    const history::Joined both(older, newer, 50'000);
    // What ended since is not as it was before; what was never seen since is.
    CHECK(shown(both.newest("m", kAll, -1, 90'000)) == "m{a=\"0\"}=2 m{a=\"1\"}=2 m{a=\"3\"}=1 ");
    CHECK(shown(both.newest("m", kAll, -1, 50'000)) == "m{a=\"1\"}=1 m{a=\"2\"}=1 m{a=\"3\"}=1 ");
    CHECK(shown(both.newest("m", kAll, 60'000, 90'000)) == "m{a=\"0\"}=2 m{a=\"1\"}=2 ");
    const auto ranges = both.range("m", kAll, -1, 90'000);
    REQUIRE(ranges.size() == 4);
    CHECK(ranges[0].points.front().at == 60'000);
    REQUIRE(ranges[1].points.size() == 10);
    CHECK(ranges[1].points[5].value == 1);
    CHECK(ranges[1].points[6].value == 2);
    CHECK(ranges[3].points.back().at == 50'000);
    CHECK(both.range_up_to(3, "m", kAll, -1, 90'000).size() <= 3);
    CHECK(both.series_between("m", kAll, 60'000, 90'000).size() == 3); // with one that ended
    CHECK(both.series_between("m", kAll, -1, 90'000).size() == 4);
}

TEST_CASE("a_query_that_reaches_behind_the_window_is_answered_from_what_is_kept", "[web]") {
    World world;
    const auto answer = world.ask("postgresql_wal_size_bytes", 0, 3 * kHour);
    CHECK(answer["status"] == "success");
    const auto& values = answer["data"]["result"][0]["values"];
    REQUIRE(values.size() == 19);
    CHECK(values[0][1] == "1");
    CHECK(values[11][1] == "1");
    CHECK(values[12][1] == "3"); // the window's first sample
    CHECK(values[13][1] == "3");
    REQUIRE(world.questions.size() == 1);
    CHECK(world.questions[0].measures == std::set<int>{0});
    CHECK(world.questions[0].start == -10 * kMinute); // the grid goes back over the look-back
    CHECK(world.questions[0].end == 2 * kHour);
    CHECK(world.questions[0].step_ms == 10 * kMinute);
}

TEST_CASE("what_is_kept_has_the_labels_of_today", "[web]") {
    World world;
    const auto slots = world.ask("postgresql_slot_retained_bytes", 0, 3 * kHour)["data"]["result"];
    REQUIRE(slots.size() == 2);
    CHECK(slots[0]["metric"]["slot_name"] == "gone");
    CHECK(slots[1]["metric"]["slot_type"] == "physical");
    CHECK(slots[1]["values"].size() == 19); // one series over the border
    const auto lag = world.ask("postgresql_replication_lag_bytes", 0, kHour)["data"]["result"];
    REQUIRE(lag.size() == 1);
    CHECK(lag[0]["metric"]["slave"] == "10.0.0.2");
}

TEST_CASE("nobody_is_asked_for_what_the_window_has_or_nobody_keeps", "[web]") {
    World world;
    CHECK(world.ask("postgresql_wal_size_bytes", 2 * kHour + 10 * kMinute, 3 * kHour)["status"] ==
          "success");
    CHECK(world.ask("other", 0, 3 * kHour)["status"] == "success");
    CHECK(world.questions.empty());
}

TEST_CASE("a_failure_to_read_what_is_kept_is_a_warning_beside_what_there_is", "[web]") {
    World world;
    world.kept = Error{"cannot \"connect\""};
    const auto answer = world.ask("postgresql_wal_size_bytes", 0, 3 * kHour);
    CHECK(answer["status"] == "success");
    CHECK(answer["data"]["result"][0]["values"].size() == 7);
    CHECK(answer["warnings"][0] ==
          "what is older than the sidecar's own history is missing: cannot \"connect\"");
}
