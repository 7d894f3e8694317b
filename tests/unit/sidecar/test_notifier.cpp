#include <catch2/catch.hpp>

#include "support/fake_slack.hpp"
#include "support/http_peer.hpp"

#include <algorithm>

using namespace opsmon;
using namespace opsmon::test;

TEST_CASE("alerts_arrive_at_slack_firing_and_resolved", "[notify]") {
    Slack slack;
    notify::Notifier notifier(settings(slack.url()));
    notifier.start();
    notifier.offer({firing(kOne)});
    CHECK(slack.wait_for(1) == std::vector<std::string>{"CRITICAL One"});
    notifier.offer({resolved(kOne)});
    CHECK(slack.wait_for(2) == std::vector<std::string>{"CRITICAL One", "RESOLVED One"});
    const auto stats = wait_for(notifier, [](const auto& s) { return s.sent == 2; });
    CHECK(notifier.stats().channels.at(0).receiver == "team");
    CHECK(notifier.stats().channels.at(0).integration == "slack/0");
    CHECK(stats.sent == 2);
    CHECK(stats.failed == 0);
    CHECK(stats.latency.count() == 2);
    CHECK(notifier.stats().queue_length == 0);
}

TEST_CASE("a_message_is_tried_again_after_a_server_error", "[notify]") {
    Slack slack;
    slack.answer_first_with({{503, "busy"}});
    notify::Notifier notifier(settings(slack.url()));
    notifier.start();
    notifier.offer({firing(kOne)});
    CHECK(slack.wait_for(2) == std::vector<std::string>{"CRITICAL One", "CRITICAL One"});
    const auto stats = wait_for(notifier, [](const auto& s) { return s.sent == 1; });
    CHECK(stats.failed == 0);
    CHECK(failures(stats, notify::FailureReason::Unavailable) == 1);
    CHECK(stats.latency.count() == 2);
    const auto receivers = notifier.receivers();
    REQUIRE(receivers.size() == 2);
    CHECK(receivers[0].integrations.at(0).last_at > 0);
    CHECK(receivers[0].integrations.at(0).last_error.empty());
    CHECK(receivers[1].integrations.at(0).last_at == 0);
}

TEST_CASE("while_a_receiver_fails_each_attempt_is_counted", "[notify]") {
    Slack slack;
    slack.answer_first_with({{429, "rate_limited"}, {404, "no_service"}, {404, "no_service"}});
    notify::Notifier notifier(settings(slack.url()));
    notifier.start();
    notifier.offer({firing(kOne)});
    REQUIRE(slack.wait_for(4).size() == 4); // it is told at last, without anything new
    const auto stats = wait_for(notifier, [](const auto& s) { return s.sent == 1; });
    CHECK(failures(stats, notify::FailureReason::Refused) == 2);
    CHECK(stats.failed == 2);
    CHECK(stats.latency.count() == 4);
}

TEST_CASE("why_an_attempt_failed_has_a_class", "[notify]") {
    using notify::FailureReason;
    using notify::Verdict;
    CHECK(notify::failure_reason({Verdict::Kind::Refused, "HTTP 404", {}}) ==
          FailureReason::Refused);
    CHECK(notify::failure_reason({Verdict::Kind::Retry, "HTTP 429", 5000}) ==
          FailureReason::RateLimited);
    CHECK(notify::failure_reason({Verdict::Kind::Retry, "no answer", {}}) ==
          FailureReason::Unavailable);
}

TEST_CASE("a_message_is_tried_again_after_the_page_of_a_proxy", "[notify]") {
    Slack slack;
    slack.answer_first_with({{200, "<html>Please sign in</html>"}});
    notify::Notifier notifier(settings(slack.url()));
    notifier.start();
    notifier.offer({firing(kOne)});
    CHECK(slack.wait_for(2) == std::vector<std::string>{"CRITICAL One", "CRITICAL One"});
    CHECK(wait_for(notifier, [](const auto& s) { return s.sent == 1; }).failed == 0);
}

TEST_CASE("a_refused_message_is_counted_and_does_not_hold_up_the_next", "[notify]") {
    Slack slack;
    slack.answer_first_with({{404, "no_service"}});
    notify::Notifier notifier(settings(slack.url()));
    notifier.start();
    notifier.offer({firing(kOne), firing(kTwo)});
    auto titles = slack.wait_for(3);
    titles.resize(2);
    CHECK(titles == std::vector<std::string>{"CRITICAL One", "WARNING Two"});
    const auto stats = wait_for(notifier, [](const auto& s) { return s.sent + s.failed == 3; });
    CHECK(stats.sent == 2);
    CHECK(stats.failed == 1);
    CHECK(notifier.receivers().at(0).integrations.at(0).last_error.empty());
}

TEST_CASE("stop_tries_what_waits_once_more", "[notify]") {
    Slack slack;
    slack.answer_first_with({{429, "rate_limited"}});
    notify::Notifier notifier(settings(slack.url()));
    notifier.start();
    notifier.offer({firing(kOne), firing(kTwo)});
    REQUIRE(slack.wait_for(1).size() == 1);
    notifier.stop();
    CHECK(slack.wait_for(3).size() == 3);
    CHECK(notifier.stats().queue_length == 0);
}

TEST_CASE("stop_returns_in_time_although_slack_hangs", "[notify]") {
    test::SilentPeer peer;
    notify::Notifier notifier(settings("http://127.0.0.1:" + std::to_string(peer.port()) + "/"));
    notifier.start();
    notifier.offer({firing(kOne)});
    REQUIRE(peer.wait_for_request());
    const auto begin = std::chrono::steady_clock::now();
    notifier.stop();
    CHECK(std::chrono::steady_clock::now() - begin < 3s);
}

TEST_CASE("offering_never_waits_for_slack", "[notify]") {
    test::SilentPeer peer;
    notify::Notifier notifier(settings("http://127.0.0.1:" + std::to_string(peer.port()) + "/"));
    notifier.start();
    notifier.offer({firing(kOne)});
    REQUIRE(peer.wait_for_request());
    const auto begin = std::chrono::steady_clock::now();
    notifier.offer({firing(kOne), firing(kTwo)});
    CHECK(notifier.stats().queue_length == 2);
    CHECK(std::chrono::steady_clock::now() - begin < 2s);
}

TEST_CASE("after_a_reload_a_webhook_that_stays_is_not_told_again_and_a_new_one_is", "[notify]") {
    Slack old_place;
    Slack new_place;
    notify::Notifier notifier(settings(old_place.url()));
    notifier.start();
    notifier.offer({firing(kOne)});
    CHECK(wait_for(notifier, [](const auto& s) { return s.sent == 1; }).sent == 1);
    notifier.replace(settings(old_place.url()));
    notifier.offer({firing(kOne), firing(kTwo)});
    CHECK(old_place.wait_for(2) == std::vector<std::string>{"CRITICAL One", "WARNING Two"});
    CHECK(wait_for(notifier, [](const auto& s) { return s.sent == 2; }).sent == 2);
    notifier.replace(settings(new_place.url()));
    notifier.offer({firing(kOne)});
    auto told = new_place.wait_for(2); // of all that fires
    std::sort(told.begin(), told.end());
    CHECK(told == std::vector<std::string>{"CRITICAL One", "WARNING Two"});
    CHECK(wait_for(notifier, [](const auto& s) { return s.sent == 4; }).sent == 4);
}
