#include <catch2/catch.hpp>

#include "support/dispatch.hpp"

#include <map>

// What happens to groups and receivers while a message is under way, or can never be delivered.
using namespace opsmon;
using namespace opsmon::test;

TEST_CASE("an_end_while_its_message_is_under_way_is_told", "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    dispatcher.offer({alert(kA1)}, at(kStart));
    const auto job = dispatcher.next(at(kStart + 10'000));
    REQUIRE(job);
    dispatcher.offer({resolved(kA1)}, at(kStart + 20'000));
    CHECK_FALSE(dispatcher.next(at(kStart + 70'000))); // the group's turn comes meanwhile
    dispatcher.completed(*job, {}, at(kStart + 71'000));
    const auto over = told(dispatcher, kStart + 130'000);
    REQUIRE(over);
    CHECK(names(over->message.resolved) == Names{"1"});
    CHECK(dispatcher.groups().all().empty());
    dispatcher.offer({alert(kA1, kStart + 140'000)}, at(kStart + 140'000));
    CHECK(told(dispatcher, kStart + 150'000));
}

TEST_CASE("an_end_while_its_message_is_under_way_does_not_swallow_the_next_beginning",
          "[notify][dispatcher]") {
    auto own = settings();
    own.receivers[0].slack[0].send_resolved = false;
    Dispatcher dispatcher(own);
    dispatcher.offer({alert(kA1)}, at(kStart));
    const auto job = dispatcher.next(at(kStart + 10'000));
    REQUIRE(job);
    dispatcher.offer({resolved(kA1)}, at(kStart + 20'000));
    CHECK_FALSE(dispatcher.next(at(kStart + 70'000)));
    dispatcher.completed(*job, {}, at(kStart + 71'000));
    CHECK_FALSE(told(dispatcher, kStart + 130'000));
    CHECK(dispatcher.groups().all().empty());
    dispatcher.offer({alert(kA1, kStart + 140'000)}, at(kStart + 140'000));
    CHECK(told(dispatcher, kStart + 150'000));
}

TEST_CASE("one_group_that_cannot_be_told_does_not_hold_up_the_others", "[notify][dispatcher]") {
    auto own = settings();
    own.fallback = {"other", 120'000};
    Dispatcher dispatcher(own);
    std::map<std::string, TimestampMs> first_told;
    int failures = 0;
    for (TimestampMs run = kStart; run < kStart + 300'000; run += 1000) {
        const auto n = std::to_string((run - kStart) / 1000);
        dispatcher.offer({alert(kA1), alert("{alertname=\"B" + n + "\",n=\"1\"}", run)}, at(run));
        while (const auto job = dispatcher.next(at(run))) {
            const auto& who = job->message.receiver;
            const std::string name(job->message.firing.at(0)->labels.get("alertname"));
            const bool fails = name == "A" && who == "team";
            failures += fails ? 1 : 0;
            dispatcher.completed(*job,
                                 {fails ? Verdict::Kind::Retry : Verdict::Kind::Delivered,
                                  fails ? "HTTP 500" : "",
                                  {}},
                                 at(run));
            if (!fails) {
                first_told.try_emplace(who + " " + name, run);
            }
        }
    }
    CHECK(first_told.at("team B0") <= kStart + 12'000);
    CHECK(first_told.at("team B200") <= kStart + 222'000);
    CHECK(first_told.at("other A") == kStart + 130'000); // somebody hears of it
    CHECK(first_told.count("other B0") == 0);
    CHECK(failures > 5); // and it is tried again
    CHECK(failures < 60);
}

TEST_CASE("after_an_outage_all_that_waits_is_told_at_once", "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    dispatcher.offer({alert(kA1), alert(kB1)}, at(kStart));
    TimestampMs run = kStart;
    for (; run < kStart + 600'000; run += 1000) {
        dispatcher.offer({alert(kA1), alert(kB1)}, at(run));
        (void)told(dispatcher, run, Verdict::Kind::Retry);
    }
    std::optional<Job> first;
    for (; !first && run < kStart + 700'000; run += 1000) {
        first = told(dispatcher, run);
    }
    REQUIRE(first);
    CHECK(told(dispatcher, run - 1000));
}

TEST_CASE("who_moves_up_in_the_list_inherits_nothing", "[notify][dispatcher]") {
    auto both = settings();
    both.receivers[0].slack.push_back(slack_config("http://127.0.0.1:1/second"));
    Dispatcher dispatcher(both);
    dispatcher.offer({alert(kA1)}, at(kStart));
    const auto first = dispatcher.next(at(kStart + 10'000));
    const auto second = dispatcher.next(at(kStart + 10'000));
    REQUIRE((first && second));
    dispatcher.completed(*first, {}, at(kStart + 10'000));
    dispatcher.completed(*second, {Verdict::Kind::Retry, "HTTP 500", {}}, at(kStart + 10'000));
    auto alone = both;
    alone.receivers[0].slack.erase(alone.receivers[0].slack.begin());
    dispatcher.replace(alone, at(kStart + 11'000));
    CHECK(told(dispatcher, kStart + 11'000));
}

TEST_CASE("what_was_under_way_to_an_old_place_was_not_told_at_the_new_one",
          "[notify][dispatcher]") {
    Dispatcher dispatcher(settings());
    dispatcher.offer({alert(kA1)}, at(kStart));
    const auto job = dispatcher.next(at(kStart + 10'000));
    REQUIRE(job);
    auto moved = settings();
    moved.receivers[0].slack[0] = slack_config("http://127.0.0.1:1/elsewhere");
    dispatcher.replace(moved, at(kStart + 11'000));
    dispatcher.completed(*job, {}, at(kStart + 12'000));
    const auto again = told(dispatcher, kStart + 70'000);
    REQUIRE(again);
    CHECK(names(again->message.firing) == Names{"1"});
}
