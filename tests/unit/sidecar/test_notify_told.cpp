#include <catch2/catch.hpp>

#include "support/dispatch.hpp"

#include <algorithm>

// What receivers were told, over refusals, silences, reloads and restarts.
using namespace opsmon;
using namespace opsmon::test;

TEST_CASE("what_is_refused_is_tried_again_after_the_group_interval_or_a_reload",
          "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    dispatcher.offer({alert(kA1)}, at(kStart));
    REQUIRE(told(dispatcher, kStart + 10'000, Verdict::Kind::Refused));
    CHECK_FALSE(told(dispatcher, kStart + 69'999));
    CHECK(told(dispatcher, kStart + 70'000, Verdict::Kind::Refused));
    dispatcher.replace(settings(), at(kStart + 80'000));
    CHECK(told(dispatcher, kStart + 80'000));
    CHECK_FALSE(told(dispatcher, kStart + 140'000));
    const auto stats = dispatcher.channels()[0]->outbox.stats();
    CHECK(stats.failed == 2);
    CHECK(stats.sent == 1);
}

TEST_CASE("a_shorter_group_wait_by_reload_reaches_a_group_that_still_waits",
          "[notify][dispatcher]") {
    auto own = settings();
    own.route.options.group_wait_ms = 300'000;
    Dispatcher dispatcher(own);
    dispatcher.offer({alert(kA1)}, at(kStart));
    dispatcher.offer({alert(kA1), alert(kB1, kStart + 20'000)}, at(kStart + 20'000));
    CHECK_FALSE(told(dispatcher, kStart + 20'000));
    own.route.options.group_wait_ms = 15'000;
    dispatcher.replace(own, at(kStart + 21'000));
    const auto waited_long_enough = told(dispatcher, kStart + 21'000);
    REQUIRE(waited_long_enough);
    CHECK(waited_long_enough->message.group_key == "{}:{alertname=\"A\"}");
    CHECK_FALSE(told(dispatcher, kStart + 35'999));
    CHECK(told(dispatcher, kStart + 36'000));
}

TEST_CASE("a_reload_makes_no_waiting_group_wait_longer", "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    dispatcher.offer({alert(kA1)}, at(kStart));
    dispatcher.replace(settings(), at(kStart + 9000));
    CHECK_FALSE(told(dispatcher, kStart + 9999));
    CHECK(told(dispatcher, kStart + 10'000));
}

TEST_CASE("an_end_that_is_refused_is_told_later", "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    dispatcher.offer({alert(kA1)}, at(kStart));
    REQUIRE(told(dispatcher, kStart + 10'000));
    dispatcher.offer({resolved(kA1)}, at(kStart + 20'000));
    REQUIRE(told(dispatcher, kStart + 70'000, Verdict::Kind::Refused));
    const auto again = told(dispatcher, kStart + 130'000);
    REQUIRE(again);
    CHECK(names(again->message.resolved) == Names{"1"});
    CHECK(dispatcher.groups().all().empty());
}

TEST_CASE("what_was_refused_and_ended_untold_is_forgotten", "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    dispatcher.offer({alert(kA1)}, at(kStart));
    REQUIRE(told(dispatcher, kStart + 10'000, Verdict::Kind::Refused));
    dispatcher.offer({resolved(kA1)}, at(kStart + 20'000));
    CHECK_FALSE(told(dispatcher, kStart + 70'000));
    CHECK(dispatcher.groups().all().empty());
}

TEST_CASE("an_end_while_it_is_inhibited_is_told_once_it_is_not", "[notify][dispatcher]") {
    auto own = settings();
    own.inhibit_rules = {{matchers("severity=critical"), matchers("severity=warning"), {"n"}}};
    Dispatcher dispatcher(own);
    dispatcher.offer({alert(kB1)}, at(kStart));
    REQUIRE(told(dispatcher, kStart + 10'000));
    dispatcher.offer({alert(kA1), alert(kB1)}, at(kStart + 20'000));
    REQUIRE(told(dispatcher, kStart + 40'000)); // the one that inhibits
    dispatcher.offer({alert(kA1), resolved(kB1)}, at(kStart + 50'000));
    CHECK_FALSE(told(dispatcher, kStart + 80'000));
    dispatcher.offer({resolved(kA1)}, at(kStart + 130'000));
    Names ended;
    while (const auto job = told(dispatcher, kStart + 200'000)) {
        CHECK(job->message.firing.empty());
        for (const auto& one : job->message.resolved) {
            ended.emplace_back(one->labels.get("alertname"));
        }
    }
    std::sort(ended.begin(), ended.end());
    CHECK(ended == Names{"A", "B"});
    CHECK(dispatcher.groups().all().empty());
}

namespace {

notify::Silence silence_of(const std::string& text, TimestampMs from, TimestampMs until) {
    notify::Silence out;
    out.matchers = matchers(text);
    out.starts_at = at(from).wall;
    out.ends_at = at(until).wall;
    out.created_by = "me";
    return out;
}

} // namespace

TEST_CASE("an_end_while_it_is_silenced_is_told_although_the_group_was_told_of_others",
          "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    dispatcher.offer({alert(kA1), alert(kA2)}, at(kStart));
    REQUIRE(told(dispatcher, kStart + 10'000));
    REQUIRE(dispatcher.silences().create(silence_of("n=1", kStart + 20'000, kStart + 200'000), "id",
                                         at(kStart + 20'000).wall));
    dispatcher.offer({alert(kA1), resolved(kA2)}, at(kStart + 30'000));
    const auto other = told(dispatcher, kStart + 70'000);
    REQUIRE(other);
    CHECK(other->message.firing.empty());
    CHECK(names(other->message.resolved) == Names{"2"});
    dispatcher.offer({resolved(kA1)}, at(kStart + 80'000));
    CHECK_FALSE(told(dispatcher, kStart + 130'000));

    // Over a restart, too.
    const auto changes = dispatcher.take_changes();
    Dispatcher after(settings());
    for (const auto* kind : {notify::kSilenceKind, notify::kToldKind, notify::kAlertKind}) {
        after.restore(kind, entries(changes, kind), at(kStart + 140'000));
    }
    for (auto* one : {&dispatcher, &after}) {
        CHECK_FALSE(told(*one, kStart + 199'000));
        const auto end = told(*one, kStart + 260'000);
        REQUIRE(end);
        CHECK(names(end->message.resolved) == Names{"1"});
        CHECK(one->groups().all().empty());
    }
}

TEST_CASE("an_end_that_waits_for_its_receiver_outlives_a_silence_that_comes",
          "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    dispatcher.offer({alert(kA1)}, at(kStart));
    REQUIRE(told(dispatcher, kStart + 10'000));
    dispatcher.offer({resolved(kA1)}, at(kStart + 20'000));
    REQUIRE(told(dispatcher, kStart + 70'000, Verdict::Kind::Retry));
    REQUIRE(dispatcher.silences().create(silence_of("n=1", kStart + 70'000, kStart + 120'000), "id",
                                         at(kStart + 70'000).wall));
    CHECK_FALSE(told(dispatcher, kStart + 80'000));
    const auto end = told(dispatcher, kStart + 130'000);
    REQUIRE(end);
    CHECK(names(end->message.resolved) == Names{"1"});
}

TEST_CASE("a_silenced_end_is_not_owed_to_who_wants_none", "[notify][dispatcher]") {
    auto own = settings();
    own.receivers[0].slack[0].send_resolved = false;
    Dispatcher dispatcher(own);
    dispatcher.offer({alert(kA1)}, at(kStart));
    REQUIRE(told(dispatcher, kStart + 10'000));
    REQUIRE(dispatcher.silences().create(silence_of("n=1", kStart + 20'000, kStart + 900'000), "id",
                                         at(kStart + 20'000).wall));
    dispatcher.offer({resolved(kA1)}, at(kStart + 30'000));
    CHECK_FALSE(told(dispatcher, kStart + 70'000));
    CHECK(dispatcher.groups().all().empty());
}

TEST_CASE("after_a_restart_nobody_is_told_again_and_the_end_is_told", "[notify][dispatcher]") {
    Dispatcher before(settings());
    before.offer({alert(kA1), alert(kA2)}, at(kStart));
    auto changes = before.take_changes();
    CHECK(changes.size() == 2); // the alerts, before anything leaves
    REQUIRE(told(before, kStart + 10'000));
    for (auto& change : before.take_changes()) {
        changes.push_back(std::move(change));
    }
    REQUIRE(changes.size() == 3);

    Dispatcher after(settings());
    const TimestampMs later = kStart + 60'000;
    for (const auto* kind : {notify::kSilenceKind, notify::kToldKind, notify::kAlertKind}) {
        after.restore(kind, entries(changes, kind), at(later));
    }
    after.offer({alert(kA1)}, at(later)); // the other one is not there any more
    CHECK_FALSE(told(after, later + 60'000));
    TimestampMs run = later;
    std::optional<Job> job;
    for (; !job && run < later + kHour; run += 1000) {
        after.offer({alert(kA1)}, at(run));
        job = told(after, run);
    }
    REQUIRE(job);
    CHECK(run - later >= 300'000); // resolve_timeout
    CHECK(names(job->message.firing) == Names{"1"});
    CHECK(names(job->message.resolved) == Names{"2"});
}

TEST_CASE("killed_before_the_answer_was_kept_costs_one_message_more", "[notify][dispatcher]") {
    Dispatcher before(settings());
    before.offer({alert(kA1)}, at(kStart));
    const auto changes = before.take_changes();
    REQUIRE(before.next(at(kStart + 10'000))); // and it has left
    Dispatcher after(settings());
    after.restore(notify::kAlertKind, entries(changes, notify::kAlertKind), at(kStart + 20'000));
    CHECK(told(after, kStart + 30'000));
    CHECK_FALSE(told(after, kStart + 90'000));
}

namespace {

struct Kept {
    std::vector<store::Entry> silences;
    std::vector<store::Entry> told;
    std::vector<store::Entry> alerts;
};

// What is in the store when one dies that has told of A1 and A2, and not of B1 yet.
Kept kept_before() {
    Dispatcher before(settings());
    before.offer({alert(kA1), alert(kA2)}, at(kStart));
    REQUIRE(told(before, kStart + 10'000));
    before.offer({alert(kA1), alert(kA2), alert(kB1, kStart + 10'000)}, at(kStart + 10'000));
    const auto changes = before.take_changes();
    return {entries(changes, notify::kSilenceKind), entries(changes, notify::kToldKind),
            entries(changes, notify::kAlertKind)};
}

void learn(Dispatcher& dispatcher, const Kept& kept, TimestampMs run) {
    dispatcher.restore(notify::kSilenceKind, kept.silences, at(run));
    dispatcher.restore(notify::kToldKind, kept.told, at(run));
    dispatcher.restore(notify::kAlertKind, kept.alerts, at(run));
}

// All that is told from one moment to another, while these alerts are offered each second.
std::vector<Job> all_told(Dispatcher& dispatcher, const std::vector<rules::Alert>& alerts,
                          TimestampMs from, TimestampMs until) {
    std::vector<Job> out;
    for (auto run = from; run < until; run += 1000) {
        dispatcher.offer(alerts, at(run));
        while (auto job = told(dispatcher, run)) {
            out.push_back(std::move(*job));
        }
    }
    return out;
}

std::vector<Job> of_group(const std::vector<Job>& jobs, const std::string& alertname) {
    std::vector<Job> out;
    for (const auto& job : jobs) {
        if (job.message.group_labels.get("alertname") == alertname) {
            out.push_back(job);
        }
    }
    return out;
}

} // namespace

TEST_CASE("what_was_told_before_the_restart_is_known_once_the_store_can_be_read",
          "[notify][dispatcher]") {
    const auto kept = kept_before();
    Dispatcher dispatcher(settings());
    const TimestampMs start = kStart + 60'000;
    dispatcher.await_restore(at(start));
    // It is told again, as nobody knows better.
    const auto blind = all_told(dispatcher, {alert(kA1)}, start, start + 60'000);
    REQUIRE(blind.size() == 1);
    learn(dispatcher, kept, start + 60'000);
    // A1 is told no third time; A2, which ended while nobody looked, is over after resolve_timeout.
    const auto later = all_told(dispatcher, {alert(kA1)}, start + 60'000, start + 600'000);
    const auto of_a = of_group(later, "A");
    REQUIRE(of_a.size() == 1);
    CHECK(names(of_a[0].message.firing) == Names{"1"});
    CHECK(names(of_a[0].message.resolved) == Names{"2"});
    const auto of_b = of_group(later, "B");
    REQUIRE(of_b.size() == 2); // as at any start: it fires until nobody speaks of it for too long
    CHECK(names(of_b[0].message.firing) == Names{"1"});
    CHECK(names(of_b[1].message.resolved) == Names{"1"});
}

TEST_CASE("a_store_that_is_read_hours_later_tells_the_ends_at_once_and_nothing_old_as_firing",
          "[notify][dispatcher]") {
    const auto kept = kept_before();
    Dispatcher dispatcher(settings());
    dispatcher.await_restore(at(kStart));
    CHECK(all_told(dispatcher, {}, kStart, kStart + 2 * kHour).empty());
    learn(dispatcher, kept, kStart + 2 * kHour);
    const auto later = all_told(dispatcher, {}, kStart + 2 * kHour, kStart + 2 * kHour + 120'000);
    REQUIRE(later.size() == 1);
    CHECK(later[0].message.firing.empty());
    CHECK(names(later[0].message.resolved) == Names{"1", "2"});
    CHECK(dispatcher.groups().all().empty());
}

TEST_CASE("what_was_told_as_over_while_the_store_could_not_be_read_is_not_told_again",
          "[notify][dispatcher]") {
    const auto kept = kept_before();
    Dispatcher dispatcher(settings());
    dispatcher.await_restore(at(kStart + 60'000));
    const auto both =
        all_told(dispatcher, {alert(kA1), alert(kA2)}, kStart + 60'000, kStart + 120'000);
    REQUIRE(both.size() == 1);
    const auto over =
        all_told(dispatcher, {resolved(kA1), resolved(kA2)}, kStart + 120'000, kStart + 240'000);
    REQUIRE(over.size() == 1);
    CHECK(names(over[0].message.resolved) == Names{"1", "2"});
    learn(dispatcher, {{}, kept.told, {kept.alerts[0], kept.alerts[1], kept.alerts[2]}},
          kStart + 2 * kHour);
    CHECK(all_told(dispatcher, {}, kStart + 2 * kHour, kStart + 3 * kHour).empty());
    // And it is so in the store.
    const auto changes = dispatcher.take_changes();
    CHECK(entries(changes, notify::kToldKind).empty());
    CHECK(entries(changes, notify::kAlertKind).empty());
}

TEST_CASE("an_end_that_came_untold_while_the_store_could_not_be_read_is_told",
          "[notify][dispatcher]") {
    const auto kept = kept_before();
    Dispatcher dispatcher(settings());
    dispatcher.await_restore(at(kStart));
    dispatcher.offer({alert(kA1)}, at(kStart)); // and is over before anybody is told
    CHECK(all_told(dispatcher, {resolved(kA1)}, kStart + 1000, kStart + 60'000).empty());
    learn(dispatcher, kept, kStart + 60'000);
    const auto later =
        of_group(all_told(dispatcher, {alert(kA2)}, kStart + 60'000, kStart + kHour - 60'000), "A");
    REQUIRE(later.size() == 1);
    CHECK(names(later[0].message.firing) == Names{"2"});
    CHECK(names(later[0].message.resolved) == Names{"1"});
}

TEST_CASE("after_a_reload_a_new_place_is_told_and_an_old_one_is_not", "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    dispatcher.offer({alert(kA1)}, at(kStart));
    REQUIRE(told(dispatcher, kStart + 10'000));
    dispatcher.replace(settings(), at(kStart + 20'000));
    CHECK_FALSE(told(dispatcher, kStart + 80'000));
    auto other = settings();
    other.receivers[0].slack[0] = test::slack_config("http://127.0.0.1:1/moved");
    dispatcher.replace(other, at(kStart + 90'000));
    CHECK(told(dispatcher, kStart + 150'000));
}

TEST_CASE("a_receiver_that_is_taken_away_and_comes_back_knows_what_it_was_told",
          "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    dispatcher.offer({alert(kA1), alert(kB1)}, at(kStart));
    REQUIRE(told(dispatcher, kStart + 10'000));
    REQUIRE(told(dispatcher, kStart + 10'000));
    auto without = settings();
    without.receivers.erase(without.receivers.begin());
    without.route.options.receiver = "other";
    dispatcher.replace(without, at(kStart + 20'000));
    // Meanwhile one of them ends, and the other receiver is told of all.
    CHECK(all_told(dispatcher, {alert(kA1), resolved(kB1)}, kStart + 20'000, kStart + 300'000)
              .size() == 1);
    SECTION("at the same place: only what it has not heard of is told") {
        dispatcher.replace(settings(), at(kStart + 300'000));
        CHECK(all_told(dispatcher, {alert(kA1)}, kStart + 300'000, kStart + 900'000).empty());
        const auto again = all_told(dispatcher, {alert(kA1), alert(kB1, kStart + 900'000)},
                                    kStart + 900'000, kStart + 1'000'000);
        REQUIRE(again.size() == 1); // it had ended: news
        CHECK(again[0].message.group_labels.get("alertname") == "B");
    }
    SECTION("at another place under its name: told anew") {
        auto moved = settings();
        moved.receivers[0].slack[0] = test::slack_config("http://127.0.0.1:1/moved");
        dispatcher.replace(moved, at(kStart + 300'000));
        CHECK(all_told(dispatcher, {alert(kA1)}, kStart + 300'000, kStart + 900'000).size() == 1);
    }
}
