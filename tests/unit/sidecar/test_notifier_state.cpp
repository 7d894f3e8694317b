#include <catch2/catch.hpp>

#include "notify/state_text.hpp"
#include "support/fake_database.hpp"
#include "support/fake_slack.hpp"
#include "support/http_peer.hpp"

using namespace opsmon;
using namespace opsmon::test;

TEST_CASE("what_was_told_survives_a_restart", "[notify]") {
    const auto content = std::make_shared<FakeDatabase::Content>();
    Slack slack;
    {
        notify::Notifier notifier(settings(slack.url()), store_on(content));
        notifier.start();
        notifier.offer({firing(kOne)});
        REQUIRE(slack.wait_for(1).size() == 1);
    }
    notify::Notifier notifier(settings(slack.url()), store_on(content));
    notifier.start();
    notifier.offer({firing(kOne), firing(kTwo)});
    CHECK(slack.wait_for(2) == std::vector<std::string>{"CRITICAL One", "WARNING Two"});
    notifier.offer({resolved(kOne), firing(kTwo)});
    CHECK(slack.wait_for(3).back() == "RESOLVED One");
    CHECK(notifier.stats().state_kept == true);
}

TEST_CASE("an_alert_is_in_the_store_before_its_message_leaves", "[notify]") {
    const auto content = std::make_shared<FakeDatabase::Content>();
    test::SilentPeer peer;
    notify::Notifier notifier(settings("http://127.0.0.1:" + std::to_string(peer.port()) + "/"),
                              store_on(content));
    notifier.start();
    notifier.offer({firing(kOne)});
    REQUIRE(peer.wait_for_request());
    const std::lock_guard lock(content->mutex);
    CHECK(content->kept.size() == 1);
}

TEST_CASE("a_full_store_stops_no_message_and_shows", "[notify]") {
    const auto content = std::make_shared<FakeDatabase::Content>();
    content->full = true;
    Slack slack;
    notify::Notifier notifier(settings(slack.url()), store_on(content));
    notifier.start();
    notifier.offer({firing(kOne)});
    CHECK(slack.wait_for(1).size() == 1);
    CHECK(comes_true([&] { return notifier.stats().state_kept == false; }));
    {
        const std::lock_guard lock(content->mutex);
        content->full = false;
    }
    CHECK(comes_true([&] { return notifier.stats().state_kept == true; }));
    CHECK(comes_true([&] {
        const std::lock_guard lock(content->mutex);
        return content->kept.size() == 2; // the alert, and who was told
    }));
}

TEST_CASE("silences_hold_again_once_a_store_that_could_not_be_read_can_be", "[notify]") {
    const auto content = std::make_shared<FakeDatabase::Content>();
    Slack slack;
    {
        notify::Notifier notifier(settings(slack.url()), store_on(content));
        notifier.start();
        const auto created = notifier.create_silence(silence_of_one());
        REQUIRE(created);
        CHECK(created->kept);
        const std::lock_guard lock(content->mutex);
        CHECK(content->kept.size() == 1); // before the answer
    }
    content->unreadable = true;
    notify::Notifier notifier(settings(slack.url()), store_on(content));
    notifier.start();
    CHECK(notifier.silences().empty());
    CHECK_FALSE(notifier.silences_known());
    CHECK(notifier.stats().state_kept == false);
    {
        const std::lock_guard lock(content->mutex);
        content->unreadable = false;
    }
    REQUIRE(comes_true([&] { return notifier.silences().size() == 1; }));
    notifier.offer({firing(kOne), firing(kTwo)});
    CHECK(slack.wait_for(1) == std::vector<std::string>{"WARNING Two"});
}

TEST_CASE("what_was_told_is_known_again_once_a_store_that_could_not_be_read_can_be", "[notify]") {
    const auto content = std::make_shared<FakeDatabase::Content>();
    Slack slack;
    {
        notify::Notifier notifier(settings(slack.url()), store_on(content));
        notifier.start();
        notifier.offer({firing(kOne)});
        REQUIRE(slack.wait_for(1).size() == 1);
    }
    content->unreadable = true;
    notify::Notifier notifier(settings(slack.url()), store_on(content));
    notifier.start();
    notifier.offer({firing(kTwo)});
    CHECK(slack.wait_for(2).back() == "WARNING Two");
    {
        const std::lock_guard lock(content->mutex);
        CHECK(content->kept.size() == 2); // nothing is written over what is not known
        content->unreadable = false;
    }
    REQUIRE(comes_true([&] { return notifier.silences_known(); }));
    notifier.offer({resolved(kOne), firing(kTwo)});
    CHECK(slack.wait_for(3).back() == "RESOLVED One");
    CHECK(comes_true([&] { return notifier.stats().state_kept == true; }));
}

TEST_CASE("a_store_that_fails_lets_silences_begin_and_undoes_what_it_cannot_keep", "[notify]") {
    const auto content = std::make_shared<FakeDatabase::Content>();
    notify::Notifier notifier(settings("http://127.0.0.1:1/"), store_on(content));
    const auto kept = notifier.create_silence(silence_of_one());
    REQUIRE((kept && kept->kept));
    const auto set_full = [&](bool full) {
        const std::lock_guard lock(content->mutex);
        content->full = full;
    };
    set_full(true);
    // A new one: the worst that a restart can do to it is one message too many.
    const auto begun = notifier.create_silence(silence_of_one());
    REQUIRE(begun);
    CHECK_FALSE(begun->kept);
    CHECK(notifier.silences().size() == 2);
    CHECK(notifier.stats().state_kept == false);
    // One that ends would mute again after a restart, and nobody would know.
    const auto expired = notifier.expire_silence(kept->id);
    REQUIRE_FALSE(expired);
    CHECK(expired.error().retryable);
    CHECK_THAT(expired.error().message,
               Catch::Contains("nothing is changed") && Catch::Contains("disk is full"));
    auto shorter = silence_of_one();
    shorter.id = kept->id;
    shorter.ends_at = wall_now() + 1000;
    CHECK_FALSE(notifier.create_silence(shorter));
    for (const auto& silence : notifier.silences()) {
        CHECK(silence.state(wall_now()) == notify::Silence::State::Active);
        CHECK(silence.ends_at > wall_now() + 3'000'000);
    }
    set_full(false);
    bool done = false; // once the store has opened the file anew
    REQUIRE(comes_true([&] { return done = done || notifier.expire_silence(kept->id).ok(); }));
    notifier.start(); // its threads write what waits
    CHECK(comes_true([&] {
        const std::lock_guard lock(content->mutex);
        return content->kept.contains({notify::kSilenceKind, begun->id});
    }));
    notify::Notifier after(settings("http://127.0.0.1:1/"), store_on(content));
    for (const auto& silence : after.silences()) {
        CHECK((silence.state(wall_now()) == notify::Silence::State::Expired) ==
              (silence.id == kept->id));
    }
}

TEST_CASE("silences_are_made_and_ended_through_the_notifier", "[notify]") {
    const auto content = std::make_shared<FakeDatabase::Content>();
    Slack slack;
    notify::Notifier notifier(settings(slack.url()), store_on(content));
    notifier.start();
    const auto created = notifier.create_silence(silence_of_one());
    REQUIRE(created);
    const auto& id = created->id;
    CHECK(id.size() == 36);
    notifier.offer({firing(kOne), firing(kTwo)});
    CHECK(slack.wait_for(1) == std::vector<std::string>{"WARNING Two"});
    for (const auto& shown : notifier.alerts()) {
        const bool is_one = shown.alert->labels.get("alertname") == "One";
        CHECK(shown.mute.silenced_by.size() == (is_one ? 1U : 0U));
        CHECK(shown.receivers == std::vector<std::string>{"team"});
    }
    {
        const std::lock_guard lock(content->mutex);
        CHECK(content->kept.contains({notify::kSilenceKind, id}));
    }
    REQUIRE(notifier.expire_silence(id));
    {
        const std::lock_guard lock(content->mutex);
        const auto kept = content->kept.at({notify::kSilenceKind, id});
        CHECK(notify::parse_silence_text(kept)->state(wall_now()) ==
              notify::Silence::State::Expired); // before the answer, too
    }
    CHECK(slack.wait_for(2).back() == "CRITICAL One");
    CHECK_FALSE(notifier.expire_silence(id));
}
