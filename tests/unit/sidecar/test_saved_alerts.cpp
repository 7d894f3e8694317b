#include <catch2/catch.hpp>

#include <filesystem>
#include <thread>

#include <unistd.h>

#include "alert_keeper.hpp"
#include "support/fake_database.hpp"
#include "support/rule_world.hpp"

using namespace opsmon;
using test::one_group;
using test::rule;
using test::summary;
using test::World;

namespace {

struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("opsmon-alerts-" + std::to_string(::getpid()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
};

// What one process keeps, and the next one finds after `away_ms`.
void restart(const World& before, World& after, TimestampMs away_ms,
             std::vector<rules::SavedRule> kept) {
    after.now = before.now + away_ms - 1000;
    after.engine.restore(kept, before.now);
}

std::vector<rules::Group> slow() {
    return one_group({rule("Wait", "m > 1", 10'000)});
}

std::vector<rules::Group> fast() {
    return one_group({rule("High", "m > 1", 0, {}, {{"text", "{{ $value }}"}})});
}

} // namespace

TEST_CASE("a_firing_alert_goes_on_over_a_restart_with_its_times", "[rules]") {
    World before(fast());
    CHECK(before.tick({{"m{a=\"1\"}", 5}}).size() == 1);
    World after(fast());
    restart(before, after, 60'000, before.engine.take_changes());
    const auto alerts = after.tick({{"m{a=\"1\"}", 6}});
    CHECK(summary(alerts) == "{a=\"1\", alertname=\"High\"} firing");
    CHECK(alerts[0].active_at == 1000);
    CHECK(alerts[0].fired_at == 1000);
    CHECK(alerts[0].annotations.at("text") == "6");
    CHECK(summary(after.tick({{"m{a=\"1\"}", 0}})) == "{a=\"1\", alertname=\"High\"} resolved");
}

TEST_CASE("a_firing_alert_waits_after_a_restart_until_its_source_speaks", "[rules]") {
    World before(fast());
    CHECK(before.tick({{"m", 5}}).size() == 1);
    World after(fast());
    restart(before, after, 60'000, before.engine.take_changes());
    // Its collector has not reported yet, then fails.
    const auto alerts = after.tick({}, {{"m"}, {}});
    CHECK(summary(alerts) == "{alertname=\"High\"} firing no-data");
    CHECK(alerts[0].annotations.at("text") == "5");
    // It works, but shows this figure only later.
    CHECK(summary(after.tick({})) == "{alertname=\"High\"} firing no-data");
    CHECK(summary(after.tick({{"m", 0}})) == "{alertname=\"High\"} resolved");
}

TEST_CASE("a_metric_that_never_comes_back_holds_a_restored_alert_for_five_minutes", "[rules]") {
    World before(fast());
    CHECK(before.tick({{"m", 5}}).size() == 1);
    World after(fast());
    restart(before, after, 60'000, before.engine.take_changes());
    for (int second = 0; second < 300; ++second) {
        CHECK(after.tick({}).size() == 1);
    }
    CHECK(summary(after.tick({})) == "{alertname=\"High\"} resolved");
}

TEST_CASE("an_alert_on_a_window_waits_after_a_restart_until_the_window_is_filled_again",
          "[rules]") {
    const auto growing = [] { return one_group({rule("Growing", "delta(m[1m]) > 30")}); };
    World before(growing());
    std::vector<rules::Alert> alerts;
    for (int second = 0; second < 120; ++second) {
        alerts = before.tick({{"m", second}});
    }
    CHECK(summary(alerts) == "{alertname=\"Growing\"} firing");
    World after(growing());
    restart(before, after, 5000, before.engine.take_changes());
    for (int second = 0; second < 60; ++second) {
        CHECK(summary(after.tick({{"m", 200}})) == "{alertname=\"Growing\"} firing no-data");
    }
    CHECK(summary(after.tick({{"m", 200}})) == "{alertname=\"Growing\"} resolved");
}

TEST_CASE("pending_time_goes_on_over_a_restart_and_the_time_away_is_not_added", "[rules]") {
    World before(slow());
    for (int second = 0; second < 5; ++second) {
        CHECK(before.tick({{"m", 5}}).empty()); // 4 s of 10 s
    }
    World after(slow());
    restart(before, after, 600'000, before.engine.take_changes());
    CHECK(after.tick({}, {{"m"}, {}}).empty());
    CHECK(after.tick({}).empty());
    CHECK(after.engine.stats().pending == 1);
    for (int second = 0; second < 6; ++second) {
        CHECK(after.tick({{"m", 5}}).empty());
    }
    CHECK(summary(after.tick({{"m", 5}})) == "{alertname=\"Wait\"} firing");
}

TEST_CASE("what_was_pending_starts_anew_after_an_hour_away", "[rules]") {
    World before(slow());
    for (int second = 0; second < 5; ++second) {
        CHECK(before.tick({{"m", 5}}).empty());
    }
    World after(slow());
    restart(before, after, 3'601'000, before.engine.take_changes());
    for (int second = 0; second < 10; ++second) {
        CHECK(after.tick({{"m", 5}}).empty());
    }
    CHECK(after.tick({{"m", 5}}).size() == 1);
}

TEST_CASE("the_alert_of_a_rule_that_went_away_during_a_restart_is_resolved", "[rules]") {
    World before(fast());
    CHECK(before.tick({{"m", 5}}).size() == 1);
    World after({});
    restart(before, after, 60'000, before.engine.take_changes());
    CHECK(summary(after.tick({{"m", 5}})) == "{alertname=\"High\"} resolved");
    const auto changes = after.engine.take_changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].alerts.empty());
}

TEST_CASE("only_what_has_changed_is_to_be_kept", "[rules]") {
    World world(slow());
    CHECK(world.tick({{"m", 0}}).empty());
    CHECK(world.engine.take_changes().empty());
    CHECK(world.tick({{"m", 5}}).empty());
    CHECK(world.engine.take_changes().size() == 1);
    CHECK(world.tick({{"m", 6}}).empty());
    CHECK(world.engine.take_changes().empty());
    CHECK(world.tick({{"m", 0}}).empty());
    const auto changes = world.engine.take_changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].alerts.empty());
}

TEST_CASE("kept_alerts_come_back_as_they_were", "[rules]") {
    rules::SavedRule rule{"file\ngroup\nalert \"x\"", {}};
    rules::ActiveAlert alert;
    alert.life = {rules::AlertState::Firing, 1000, 2000, 0, 3000};
    alert.value = 1e300;
    alert.annotations = {{"text", "a\"\n\xc3\xa9"}};
    rule.alerts.emplace(metrics::Labels({{"alertname", "x"}, {"a", "\\"}}), alert);
    const auto parts = rules::to_parts(rule);
    REQUIRE(parts.size() == 1);
    const auto back = rules::from_part(parts[0]);
    REQUIRE(back);
    CHECK(back->identity == rule.identity);
    REQUIRE(back->alerts.size() == 1);
    const auto& [labels, restored] = *back->alerts.begin();
    CHECK(labels.get("a") == "\\");
    CHECK(restored.life == alert.life);
    CHECK(restored.value == 1e300);
    CHECK(restored.annotations == alert.annotations);
}

TEST_CASE("many_alerts_of_a_rule_are_kept_in_parts", "[rules]") {
    rules::SavedRule rule{"many", {}};
    for (int i = 0; i < 5000; ++i) {
        rule.alerts[metrics::Labels({{"alertname", "x"}, {"n", std::to_string(i)}})];
    }
    std::size_t found = 0;
    for (const auto& part : rules::to_parts(rule)) {
        CHECK(part.size() <= rules::kSavedPartBytes);
        const auto back = rules::from_part(part);
        REQUIRE(back);
        found += back->alerts.size();
    }
    CHECK(found == 5000);
}

TEST_CASE("what_cannot_be_read_back_is_an_error", "[rules]") {
    for (const char* text :
         {"", "{", "[]", "5", R"({"format":"1"})", R"({"format":1})",
          R"({"format":1,"rule":5,"alerts":[]})", R"({"format":1,"rule":"a","alerts":5})",
          R"({"format":1,"rule":"a","alerts":[5]})", R"({"format":2,"rule":"a","alerts":[]})"}) {
        CAPTURE(text);
        CHECK_FALSE(rules::from_part(text));
    }
}

TEST_CASE("alerts_of_which_a_part_cannot_be_read_yet_are_not_given_up", "[rules][store]") {
    const auto content = std::make_shared<test::FakeDatabase::Content>();
    TimestampMs stopped_at = 0;
    {
        const auto store = test::store_on(content);
        AlertKeeper keeper(store);
        World world(fast());
        keeper.restore(world.engine);
        CHECK(world.tick({{"m{a=\"1\"}", 5}}).size() == 1);
        keeper.keep(world.engine, world.now);
        stopped_at = world.now;
        REQUIRE(store->flush(steady_now() + std::chrono::seconds(10)));
    }
    const auto kept = content->kept;
    for (const auto& [key, value] : kept) {
        content->unreadable_key = key.second.ends_with(".0") ? key.second : content->unreadable_key;
    }
    REQUIRE_FALSE(content->unreadable_key.empty());
    const auto store = test::store_on(content);
    AlertKeeper keeper(store);
    World world(fast());
    world.now = stopped_at + 5000;
    keeper.restore(world.engine);
    keeper.keep(world.engine, world.now);
    REQUIRE(store->flush(steady_now() + std::chrono::seconds(10)));
    {
        const std::lock_guard lock(content->mutex);
        CHECK(content->kept == kept); // nothing is written over what was not read
        content->unreadable_key.clear();
    }
    const auto until = steady_now() + std::chrono::seconds(10);
    while (!store->up() && steady_now() < until) {
        std::this_thread::yield();
    }
    keeper.keep(world.engine, world.now);
    CHECK(summary(world.tick({}, {{"m"}, {}})) == "{a=\"1\", alertname=\"High\"} firing no-data");
}

TEST_CASE("alerts_are_carried_over_a_restart_by_the_store", "[rules][store]") {
    const Folder folder;
    TimestampMs stopped_at = 0;
    {
        auto store = store::Store::open(folder.path.string());
        REQUIRE(store);
        AlertKeeper keeper(*store);
        World world(fast());
        keeper.restore(world.engine);
        CHECK(world.tick({{"m{a=\"1\"}", 5}, {"m{a=\"2\"}", 5}}).size() == 2);
        keeper.keep(world.engine, world.now);
        CHECK(world.tick({{"m{a=\"1\"}", 5}, {"m{a=\"2\"}", 0}}).size() == 2);
        keeper.keep(world.engine, world.now);
        stopped_at = world.now;
        CHECK((*store)->flush(steady_now() + std::chrono::seconds(10)));
    }
    {
        auto store = store::Store::open(folder.path.string());
        REQUIRE(store);
        AlertKeeper keeper(*store);
        World world(fast());
        world.now = stopped_at + 5000;
        keeper.restore(world.engine);
        CHECK(summary(world.tick({}, {{"m"}, {}})) ==
              "{a=\"1\", alertname=\"High\"} firing no-data");
        CHECK(summary(world.tick({{"m{a=\"1\"}", 0}})) == "{a=\"1\", alertname=\"High\"} resolved");
        keeper.keep(world.engine, world.now);
        CHECK((*store)->flush(steady_now() + std::chrono::seconds(10)));
    }
    auto store = store::Store::open(folder.path.string());
    REQUIRE(store);
    const auto index = (*store)->read("alerts", "index");
    REQUIRE((index && *index));
    CHECK((*index)->empty());
}
