#include <catch2/catch.hpp>

#include "notify/slack_incident.hpp"
#include "notify/slack_message.hpp"
#include "notify/slack_thread.hpp"
#include "support/slack_config.hpp"

#include <nlohmann/json.hpp>

using namespace opsmon;
using nlohmann::json;
using notify::HttpAnswer;
using notify::SlackCall;
using notify::SlackIncident;
using notify::SlackPost;
using Kind = notify::Verdict::Kind;

namespace {

const SlackPost kKnown{"C1", "1.1"};
const SlackPost kNew{"C1", "2.2"};

const HttpAnswer kPosted{200, R"({"ok":true,"channel":"C1","ts":"2.2"})", "", ""};
const HttpAnswer kLost{0, "", "", "cannot connect"};
const HttpAnswer kLimited{429, R"({"ok":false,"error":"ratelimited"})", "30", ""};

HttpAnswer error(const std::string& word) {
    return {200, R"({"ok":false,"error":")" + word + "\"}", "", ""};
}

struct Course {
    std::vector<SlackCall> calls;
    notify::Verdict verdict;
};

// Whether each answer was asked for is checked, and that none is missing.
Course course(std::optional<SlackPost> known, const std::vector<HttpAnswer>& answers) {
    SlackIncident incident(std::move(known));
    Course out;
    for (const auto& answer : answers) {
        REQUIRE(incident.next());
        out.calls.push_back(*incident.next());
        incident.answered(answer);
    }
    REQUIRE_FALSE(incident.next());
    out.verdict = incident.verdict();
    return out;
}

using Calls = std::vector<SlackCall>;

notify::SlackConfig config() {
    auto out = test::slack_config("https://slack.com/api/chat.postMessage");
    out.mentions_here = true;
    return out;
}

std::string reply(const notify::Message& message, TimestampMs now = 100'000,
                  const notify::SlackConfig& its_config = config()) {
    const auto sent = json::parse(notify::slack_reply(message, its_config, now, kKnown));
    CHECK(sent["channel"] == "C1");
    CHECK(sent["thread_ts"] == "1.1");
    return sent["text"];
}

notify::AlertPointer pointer(rules::Alert alert) {
    return std::make_shared<const rules::Alert>(std::move(alert));
}

} // namespace

TEST_CASE("an_incident_is_posted_once_then_edited_and_the_rest_goes_into_its_thread",
          "[notify][slack]") {
    const auto first = course({}, {kPosted});
    CHECK(first.calls == Calls{SlackCall::Post});
    CHECK(first.verdict.kind == Kind::Delivered);
    CHECK(first.verdict.post == kNew);
    const auto later = course(kKnown, {kPosted, kPosted});
    CHECK(later.calls == Calls{SlackCall::Update, SlackCall::Reply});
    CHECK(later.verdict.kind == Kind::Delivered);
    CHECK(later.verdict.post == kKnown); // a reply has a ts of its own
}

TEST_CASE("a_message_that_is_gone_is_posted_anew", "[notify][slack]") {
    for (const auto* word : {"message_not_found", "cant_update_message", "edit_window_closed",
                             "channel_not_found", "is_archived"}) {
        CAPTURE(word);
        const auto edited = course(kKnown, {error(word), kPosted});
        CHECK(edited.calls == Calls{SlackCall::Update, SlackCall::Post});
        CHECK(edited.verdict.kind == Kind::Delivered);
        CHECK(edited.verdict.post == kNew);
        const auto refused = course(kKnown, {error(word), error("channel_not_found")});
        CHECK(refused.verdict.kind == Kind::Refused);
    }
    const auto no_thread = course(kKnown, {kPosted, error("thread_not_found"), kPosted});
    CHECK(no_thread.calls == Calls{SlackCall::Update, SlackCall::Reply, SlackCall::Post});
    CHECK(no_thread.verdict.post == kNew);
}

TEST_CASE("what_fails_on_the_way_is_tried_again_as_a_whole", "[notify][slack]") {
    CHECK(course({}, {kLost}).verdict.kind == Kind::Retry);
    CHECK(course(kKnown, {kLost}).verdict.kind ==
          Kind::Retry); // and nothing was said in the thread
    CHECK(course(kKnown, {kPosted, kLost}).verdict.kind == Kind::Retry);
    CHECK(course(kKnown, {kPosted, kLimited}).verdict.retry_after_ms == 30'000);
    CHECK(course(kKnown, {error("message_not_found"), kLost}).verdict.kind == Kind::Retry);
    CHECK(course(kKnown, {error("fatal_error")}).verdict.kind == Kind::Retry);
}

TEST_CASE("what_slack_refuses_is_said_with_what_to_do", "[notify][slack]") {
    const std::vector<std::pair<const char*, const char*>> table = {
        {"channel_not_found", "invited"},        {"not_in_channel", "chat:write.public"},
        {"invalid_auth", "http_config"},         {"not_authed", "http_config"},
        {"token_revoked", "http_config"},        {"missing_scope", "chat:write"},
        {"msg_too_long", "refused it: msg_too"},
    };
    for (const auto& [word, advice] : table) {
        CAPTURE(word);
        const auto verdict = course({}, {error(word)}).verdict;
        CHECK(verdict.kind == Kind::Refused);
        CHECK_THAT(verdict.why, Catch::Contains(word) && Catch::Contains(advice));
    }
    CHECK_THAT(course({}, {error("xoxb-1234-secret")}).verdict.why, !Catch::Contains("secret"));
}

TEST_CASE("an_answer_of_a_proxy_is_no_answer_of_the_api", "[notify][slack]") {
    for (const auto* body : {"", "<html>", "{}", "[1]"}) {
        CHECK(course({}, {HttpAnswer{200, body, "", ""}}).verdict.kind == Kind::Retry);
        CHECK(course(kKnown, {HttpAnswer{200, body, "", ""}}).verdict.kind == Kind::Retry);
    }
    // Delivered, but by whom nobody knows: it cannot be edited.
    const auto plain = course({}, {HttpAnswer{200, "ok", "", ""}});
    CHECK(plain.verdict.kind == Kind::Delivered);
    CHECK_FALSE(plain.verdict.post);
}

TEST_CASE("an_edit_names_the_message_and_mentions_nobody", "[notify][slack]") {
    auto own = config();
    own.texts.insert_or_assign("pretext", test::message_template(notify::kDefaultPretext));
    own.texts.insert_or_assign("channel", test::message_template("#alerts"));
    own.texts.insert_or_assign("username", test::message_template("opsmon"));
    auto message = test::message(test::firing("{alertname=\"A\",severity=\"critical\"}"));
    message.news = message.firing;
    const auto posted = json::parse(notify::slack_message(message, own, 0));
    CHECK(posted["channel"] == "#alerts");
    CHECK(posted["attachments"][0]["pretext"] == "<!here>");
    const auto edited = json::parse(notify::slack_update(message, own, 0, kKnown));
    CHECK(edited["channel"] == "C1");
    CHECK(edited["ts"] == "1.1");
    CHECK_FALSE(edited.contains("username"));
    CHECK_FALSE(edited["attachments"][0].contains("pretext"));
    CHECK(edited["attachments"][0]["title"] == posted["attachments"][0]["title"]);
}

TEST_CASE("here_is_called_only_for_a_critical_alert_that_is_new", "[notify][slack]") {
    auto own = config();
    own.texts.insert_or_assign("pretext", test::message_template(notify::kDefaultPretext));
    const auto mentions = [&](const notify::Message& message) {
        const auto sent = json::parse(notify::slack_message(message, own, 0))["attachments"][0];
        const bool in_reply = reply(message).find("<!here>") != std::string::npos;
        CHECK(in_reply == sent.contains("pretext"));
        return in_reply;
    };
    auto critical = test::message(test::firing("{alertname=\"A\",severity=\"critical\"}"));
    CHECK_FALSE(mentions(critical)); // again
    critical.news = critical.firing;
    CHECK(mentions(critical));
    auto warning = test::message(test::firing("{alertname=\"A\",severity=\"warning\"}"));
    warning.news = warning.firing;
    CHECK_FALSE(mentions(warning));
    warning.firing.push_back(critical.firing[0]); // known already
    CHECK_FALSE(mentions(warning));
    CHECK_FALSE(mentions(test::message(test::resolved("{alertname=\"A\",severity=\"critical\"}"))));
    own.mentions_here = false; // the texts are somebody's own
    CHECK_THAT(reply(critical, 0, own), !Catch::Contains("here"));
}

TEST_CASE("the_thread_says_what_is_new", "[notify][slack]") {
    notify::Message message;
    auto joined = test::firing("{alertname=\"A\",n=\"2\",severity=\"warning\"}");
    joined.annotations = {{"summary", "it <is> full"}};
    message.news = {pointer(joined)};
    message.firing = {pointer(test::firing("{alertname=\"A\",n=\"1\"}")), message.news[0]};
    message.resolved = {pointer(test::resolved("{alertname=\"A\",n=\"3\"}", 1000, 301'000))};
    CHECK(reply(message) == "*New:* WARNING A: it &lt;is&gt; full\n"
                            "*Resolved:* A n=3, over after 5m 0s\n"
                            "Firing now: 2 alerts.");
    message.news.clear();
    message.resolved.clear();
    CHECK(reply(message, 3'601'000) == "Still firing: 2 alerts, for 1h 0m 0s now.");
    message.firing.clear();
    message.resolved = {pointer(test::resolved("{alertname=\"A\"}", 1000, 61'000))};
    CHECK(reply(message) == "*Resolved:* A, over after 1m 0s\nNothing of it fires any more.");
}

TEST_CASE("a_reply_names_a_few_of_many", "[notify][slack]") {
    notify::Message message;
    for (int i = 0; i < 10'000; ++i) {
        auto alert = test::firing("{alertname=\"A\",n=\"" + std::to_string(i) + "\"}");
        alert.annotations = {{"summary", std::string(5000, 'x')}};
        message.firing.push_back(pointer(alert));
    }
    message.news = message.firing;
    const auto text = reply(message);
    CHECK(text.size() < 3000);
    CHECK_THAT(text, Catch::Contains("… and 9995 more\nFiring now: 10000 alerts."));
}

TEST_CASE("the_message_of_a_fallback_says_who_failed", "[notify][slack]") {
    auto message = test::message(test::firing("{alertname=\"A\"}"));
    message.note = "receiver team failed: <x>";
    const auto sent =
        json::parse(notify::slack_message(message, test::slack_config(), 0))["attachments"][0];
    CHECK_THAT(sent["pretext"].get<std::string>(),
               Catch::StartsWith("receiver team failed: &lt;x&gt;"));
    CHECK_THAT(reply(message), Catch::Contains("receiver team failed: &lt;x&gt;"));
}
