#include <catch2/catch.hpp>

#include "support/dispatch.hpp"

#include <set>
#include <vector>

using namespace opsmon;
using namespace opsmon::test;

TEST_CASE("a_group_waits_and_is_told_once", "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    dispatcher.offer({alert(kA1)}, at(kStart));
    CHECK_FALSE(dispatcher.next(at(kStart)));
    CHECK(dispatcher.next_at(kStart) == kStart + 10'000);
    dispatcher.offer({alert(kA1), alert(kA2), alert(kB1)}, at(kStart + 5000));
    const auto job = told(dispatcher, kStart + 10'000);
    REQUIRE(job);
    CHECK(names(job->message.firing) == Names{"1", "2"});
    CHECK(job->message.receiver == "team");
    CHECK(job->message.group_key == "{}:{alertname=\"A\"}");
    CHECK_FALSE(dispatcher.next(at(kStart + 10'000)));
    const auto other_group = told(dispatcher, kStart + 15'000);
    REQUIRE(other_group);
    CHECK(other_group->message.group_key == "{}:{alertname=\"B\"}");
    CHECK_FALSE(told(dispatcher, kStart + 75'000));
}

TEST_CASE("an_alert_that_fires_for_longer_than_the_wait_is_told_at_once", "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    dispatcher.offer({firing(kA1, kNoon - 20'000)}, at(kStart));
    CHECK(dispatcher.next(at(kStart)));
}

TEST_CASE("what_is_new_in_a_group_waits_for_its_interval", "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    dispatcher.offer({alert(kA1)}, at(kStart));
    REQUIRE(told(dispatcher, kStart + 10'000));
    dispatcher.offer({alert(kA1), alert(kA2)}, at(kStart + 20'000));
    CHECK_FALSE(told(dispatcher, kStart + 69'999));
    const auto job = told(dispatcher, kStart + 70'000);
    REQUIRE(job);
    CHECK(names(job->message.firing) == Names{"1", "2"});
    CHECK(job->reason == notify::SendReason::Firing);
}

TEST_CASE("who_has_much_to_be_told_does_not_hold_up_the_others", "[notify][dispatcher]") {
    auto own = settings();
    own.receivers[0].slack.push_back(test::slack_config("http://127.0.0.1:1/other"));
    Dispatcher dispatcher(own);
    dispatcher.offer({alert(kA1), alert(kB1)}, at(kStart));
    std::vector<const notify::Channel*> served;
    for (int i = 0; i < 4; ++i) {
        const auto job = dispatcher.next(at(kStart + 10'000));
        REQUIRE(job);
        served.push_back(job->channel.get());
        dispatcher.completed(*job, {}, at(kStart + 10'000));
    }
    CHECK(served[0] != served[1]);
    CHECK(served[2] == served[0]);
    CHECK(served[3] == served[1]);
}

TEST_CASE("slow_receivers_leave_a_thread_to_the_others", "[notify][dispatcher]") {
    auto own = settings();
    for (int i = 0; i < 3; ++i) {
        own.receivers[0].slack.push_back(test::slack_config("http://127.0.0.1:1/more"));
    }
    Dispatcher dispatcher(own);
    dispatcher.offer({alert(kA1), alert(kB1)}, at(kStart));
    const auto begun = at(kStart + 10'000);
    std::vector<Job> first;
    for (int i = 0; i < 4; ++i) {
        first.push_back(dispatcher.next(begun).value());
    }
    dispatcher.completed(first[3], {}, begun);
    const auto later = at(begun.run + notify::kSlow_ms);
    for (int i = 0; i < 3; ++i) {
        dispatcher.completed(first[static_cast<std::size_t>(i)], {}, later);
    }
    std::vector<Job> second;
    while (auto job = dispatcher.next(later)) {
        second.push_back(*job);
    }
    REQUIRE(second.size() == notify::kSlowAtOnce + 1);
    CHECK(std::any_of(second.begin(), second.end(),
                      [&](const Job& job) { return job.channel == first[3].channel; }));
    // Nothing can come before one of them is told; the thread does not spin.
    CHECK(dispatcher.next_at(later.run).value_or(later.run + 1) > later.run);
    for (const auto& job : second) {
        dispatcher.completed(job, {}, later);
    }
    CHECK(dispatcher.next(later).has_value());
}

TEST_CASE("an_end_is_told_once_and_only_to_who_wants_it", "[notify][dispatcher]") {
    auto own = settings();
    own.receivers[0].slack.push_back(test::slack_config("http://127.0.0.1:1/silent"));
    own.receivers[0].slack[1].send_resolved = false;
    Dispatcher dispatcher(own);
    dispatcher.offer({alert(kA1)}, at(kStart));
    REQUIRE(told(dispatcher, kStart + 10'000));
    REQUIRE(told(dispatcher, kStart + 10'000));
    dispatcher.offer({resolved(kA1)}, at(kStart + 20'000));
    const auto job = told(dispatcher, kStart + 70'000);
    REQUIRE(job);
    CHECK(job->message.firing.empty());
    CHECK(names(job->message.resolved) == Names{"1"});
    CHECK_FALSE(told(dispatcher, kStart + 70'000));
    CHECK(dispatcher.groups().all().empty());
    // It is news again, also to who was not told of the end.
    dispatcher.offer({alert(kA1, kStart + 80'000)}, at(kStart + 80'000));
    CHECK(told(dispatcher, kStart + 90'000));
    CHECK(told(dispatcher, kStart + 90'000));
}

TEST_CASE("what_came_and_went_before_it_was_told_is_not_told", "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    dispatcher.offer({alert(kA1)}, at(kStart));
    dispatcher.offer({resolved(kA1)}, at(kStart + 5000));
    CHECK_FALSE(told(dispatcher, kStart + 10'000));
    CHECK(dispatcher.groups().all().empty());
}

TEST_CASE("it_is_said_again_after_the_repeat_interval", "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    int count = 0;
    for (TimestampMs run = kStart; run <= kStart + kHour + 120'000; run += 1000) {
        dispatcher.offer({alert(kA1)}, at(run));
        count += told(dispatcher, run) ? 1 : 0;
    }
    CHECK(count == 2);
}

TEST_CASE("a_repeat_is_due_at_the_flush_nearest_to_its_interval_and_once", "[notify][dispatcher]") {
    struct Row {
        TimestampMs group_interval_ms;
        TimestampMs repeat_interval_ms;
        TimestampMs every_ms;
    };
    const auto row = GENERATE(values<Row>({{10'000, 20'000, 20'000},
                                           {3000, 3000, 3000},
                                           {10'000, 24'000, 20'000},
                                           {10'000, 26'000, 30'000},
                                           {60'000, 50'000, 60'000},
                                           {10'000, 100, 10'000}}));
    auto own = settings();
    own.route.options.group_interval_ms = row.group_interval_ms;
    own.route.options.repeat_interval_ms = row.repeat_interval_ms;
    Dispatcher dispatcher(own);
    std::vector<TimestampMs> begun;
    for (TimestampMs run = kStart; run < kStart + 200'000; run += 500) {
        dispatcher.offer({alert(kA1)}, at(run));
        if (const auto job = dispatcher.next(at(run))) {
            begun.push_back(run);
            dispatcher.completed(*job, {}, at(run + 300)); // a message takes its time
            CHECK_FALSE(dispatcher.next(at(run + 300)));
        }
    }
    REQUIRE(begun.size() >= 4);
    CHECK(begun[0] == kStart + 10'000);
    for (std::size_t i = 1; i < begun.size(); ++i) {
        CHECK(begun[i] - begun[i - 1] == row.every_ms);
    }
}

TEST_CASE("routes_are_followed_as_alertmanager_does", "[notify][dispatcher]") {
    auto own = settings();
    notify::Route critical;
    critical.options = own.route.options;
    critical.options.receiver = "other";
    critical.matchers = matchers("severity=\"critical\"");
    critical.proceeds = true;
    notify::Route by_name = critical;
    by_name.options.receiver = "team";
    by_name.matchers = matchers("alertname=~\"A|C\"");
    by_name.proceeds = false;
    own.route.routes = {critical, by_name};
    Dispatcher dispatcher(own);
    dispatcher.offer({alert(kA1), alert(kB1)}, at(kStart));
    std::multiset<std::string> keys;
    while (const auto job = told(dispatcher, kStart + 10'000)) {
        keys.insert(job->message.receiver + " " + job->message.group_key);
    }
    CHECK(keys == std::multiset<std::string>{"other {}/{severity=\"critical\"}:{alertname=\"A\"}",
                                             "team {}/{alertname=~\"A|C\"}:{alertname=\"A\"}",
                                             "team {}:{alertname=\"B\"}"});
}

TEST_CASE("an_inhibited_alert_is_not_told_until_its_source_is_over", "[notify][dispatcher]") {
    auto own = settings();
    own.inhibit_rules = {{matchers("severity=critical"), matchers("severity=warning"), {"n"}}};
    Dispatcher dispatcher(own);
    const std::string other = "{alertname=\"B\",n=\"2\",severity=\"warning\"}";
    dispatcher.offer({alert(kA1), alert(kB1), alert(other)}, at(kStart));
    const auto critical = told(dispatcher, kStart + 10'000);
    const auto warning = told(dispatcher, kStart + 10'000);
    REQUIRE((critical && warning));
    const auto& not_inhibited =
        critical->message.group_labels.get("alertname") == "B" ? critical : warning;
    CHECK(names(not_inhibited->message.firing) == Names{"2"});
    dispatcher.offer({resolved(kA1), alert(kB1), alert(other)}, at(kStart + 20'000));
    Names seen;
    while (const auto job = told(dispatcher, kStart + 70'000)) {
        for (const auto& name : names(job->message.firing)) {
            seen.push_back(name);
        }
    }
    CHECK(seen == Names{"1", "2"});
}

TEST_CASE("an_alert_does_not_inhibit_itself", "[notify][dispatcher]") {
    auto own = settings();
    own.inhibit_rules = {{matchers("alertname=A"), matchers("alertname=~\".*\""), {}}};
    Dispatcher dispatcher(own);
    dispatcher.offer({alert(kA1), alert(kB1)}, at(kStart));
    const auto job = told(dispatcher, kStart + 10'000);
    REQUIRE(job);
    CHECK(job->message.group_labels.get("alertname") == "A");
    CHECK_FALSE(told(dispatcher, kStart + 10'000));
}

TEST_CASE("a_silenced_alert_is_told_when_the_silence_ends", "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    notify::Silence silence;
    silence.matchers = matchers("n=\"1\"");
    silence.starts_at = kNoon;
    silence.ends_at = kNoon + 100'000;
    silence.created_by = "me";
    REQUIRE(dispatcher.silences().create(silence, "id-1", kNoon));
    dispatcher.offer({alert(kA1), alert(kA2)}, at(kStart));
    const auto first = told(dispatcher, kStart + 10'000);
    REQUIRE(first);
    CHECK(names(first->message.firing) == Names{"2"});
    CHECK_FALSE(told(dispatcher, kStart + 70'000));
    dispatcher.offer({alert(kA1), alert(kA2)}, at(kStart + 80'000));
    const auto second = told(dispatcher, kStart + 130'000);
    REQUIRE(second);
    CHECK(names(second->message.firing) == Names{"1", "2"});
    CHECK(dispatcher.mute_state(alert(kA1), at(kStart)).silenced_by ==
          std::vector<std::string>{"id-1"});
}

TEST_CASE("a_route_that_is_mute_at_this_time_says_nothing", "[notify][dispatcher]") {
    auto own = settings();
    notify::TimeInterval noon;
    noon.times = {{12 * 60, 12 * 60 + 5}};
    own.time_intervals["noon"] = {noon};
    notify::Route mute;
    mute.options = own.route.options;
    mute.options.mute_time_intervals = {"noon"};
    notify::Route active = mute;
    active.options.mute_time_intervals.clear();
    active.options.active_time_intervals = {"noon"};
    active.options.receiver = "other";
    mute.proceeds = true;
    own.route.routes = {mute, active};
    Dispatcher dispatcher(own);
    dispatcher.offer({alert(kA1)}, at(kStart));
    const auto now = told(dispatcher, kStart + 10'000);
    REQUIRE(now);
    CHECK(now->message.receiver == "other");
    CHECK_FALSE(told(dispatcher, kStart + 10'000));
    dispatcher.offer({alert(kA1)}, at(kStart + 299'000));
    const auto later = told(dispatcher, kStart + 360'000);
    REQUIRE(later);
    CHECK(later->message.receiver == "team");
}

TEST_CASE("after_an_outage_the_state_by_then_is_told_and_no_storm", "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    int attempts = 0;
    TimestampMs run = kStart;
    for (; run < kStart + 3 * kHour; run += 1000) { // alerts come and go all the time
        const auto n = std::to_string((run - kStart) / 600'000);
        const auto before = std::to_string((run - kStart) / 600'000 - 1);
        dispatcher.offer({alert("{alertname=\"A\",n=\"" + n + "\"}", run),
                          resolved("{alertname=\"A\",n=\"" + before + "\"}")},
                         at(run));
        attempts += told(dispatcher, run, Verdict::Kind::Retry) ? 1 : 0;
    }
    CHECK(attempts > 100);
    CHECK(attempts < 250); // one a minute
    Names seen;
    for (; run < kStart + 3 * kHour + 300'000; run += 1000) {
        dispatcher.offer({alert("{alertname=\"A\",n=\"18\"}", run)}, at(run));
        if (const auto job = told(dispatcher, run)) {
            CHECK(job->message.resolved.empty()); // nobody was told of the others
            for (const auto& name : names(job->message.firing)) {
                seen.push_back(name);
            }
        }
    }
    CHECK(seen.size() <= 2);
    CHECK(seen.back() == "18");
}

TEST_CASE("ten_thousand_alerts_in_one_group_are_one_message", "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    std::vector<rules::Alert> alerts;
    for (int i = 0; i < 10'000; ++i) {
        alerts.push_back(alert("{alertname=\"A\",n=\"" + std::to_string(i) + "\"}"));
    }
    dispatcher.offer(alerts, at(kStart));
    dispatcher.offer(alerts, at(kStart + 1000));
    const auto job = told(dispatcher, kStart + 10'000);
    REQUIRE(job);
    CHECK(job->message.firing.size() == 10'000);
    CHECK(dispatcher.take_changes().size() == 10'001);
    CHECK_FALSE(told(dispatcher, kStart + 10'000));
}

TEST_CASE("ten_thousand_groups_are_ten_thousand_messages", "[notify][dispatcher]") {
    auto own = settings();
    own.route.options.group_by_all = true;
    Dispatcher dispatcher(own);
    std::vector<rules::Alert> alerts;
    for (int i = 0; i < 10'000; ++i) {
        alerts.push_back(alert("{alertname=\"A\",n=\"" + std::to_string(i) + "\"}"));
    }
    dispatcher.offer(std::move(alerts), at(kStart));
    std::set<std::string> seen;
    while (const auto job = told(dispatcher, kStart + 10'000)) {
        seen.insert(job->message.group_key);
    }
    CHECK(seen.size() == 10'000);
}
