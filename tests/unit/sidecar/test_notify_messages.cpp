#include <catch2/catch.hpp>

#include "notify/dedup.hpp"
#include "notify/delivery.hpp"
#include "notify/outbox.hpp"
#include "notify/slack_message.hpp"
#include "notify/state_text.hpp"
#include "notify/webhook_message.hpp"
#include "support/slack_config.hpp"

#include <nlohmann/json.hpp>

using namespace opsmon;
using nlohmann::json;
using notify::SendReason;
using notify::Verdict;

namespace {

notify::Message group() {
    auto out = test::message(test::firing("{alertname=\"A\",n=\"1\",severity=\"critical\"}", 1500));
    auto two = test::firing("{alertname=\"A\",n=\"2\",severity=\"critical\"}");
    two.annotations = {{"summary", "<two>"}};
    out.firing.push_back(std::make_shared<const rules::Alert>(two));
    out.resolved.push_back(std::make_shared<const rules::Alert>(
        test::resolved("{alertname=\"A\",n=\"3\",severity=\"critical\"}", 1000, 61'000)));
    out.group_labels = test::labels("{alertname=\"A\"}");
    out.group_key = "{}:{alertname=\"A\"}";
    return out;
}

} // namespace

TEST_CASE("a_webhook_is_sent_what_alertmanager_sends", "[notify]") {
    const auto sent = json::parse(notify::webhook_message(group(), 0));
    CHECK(sent["version"] == "4");
    CHECK(sent["status"] == "firing");
    CHECK(sent["receiver"] == "team");
    CHECK(sent["groupKey"] == "{}:{alertname=\"A\"}");
    CHECK(sent["groupLabels"] == json::parse(R"({"alertname": "A"})"));
    CHECK(sent["commonLabels"] == json::parse(R"({"alertname": "A", "severity": "critical"})"));
    CHECK(sent["commonAnnotations"] == json::object());
    CHECK(sent["truncatedAlerts"] == 0);
    REQUIRE(sent["alerts"].size() == 3);
    CHECK(sent["alerts"][0]["startsAt"] == "1970-01-01T00:00:01.500Z");
    CHECK(sent["alerts"][0]["endsAt"] == "0001-01-01T00:00:00Z");
    CHECK(sent["alerts"][1]["annotations"]["summary"] == "<two>");
    CHECK(sent["alerts"][2]["status"] == "resolved");
    CHECK(sent["alerts"][2]["endsAt"] == "1970-01-01T00:01:01.000Z");
    const auto cut = json::parse(notify::webhook_message(group(), 2));
    CHECK(cut["alerts"].size() == 2);
    CHECK(cut["truncatedAlerts"] == 1);
}

TEST_CASE("a_webhook_with_max_alerts_is_told_the_first_ones_also_where_they_have_ended",
          "[notify]") {
    auto message = test::message(test::firing("{alertname=\"A\",n=\"3\",severity=\"page\"}"));
    for (const auto* ended : {"{alertname=\"A\",n=\"1\",severity=\"info\"}",
                              "{alertname=\"A\",n=\"2\",severity=\"info\"}"}) {
        message.resolved.push_back(std::make_shared<const rules::Alert>(test::resolved(ended)));
    }
    const auto told = [&](std::size_t max_alerts) {
        auto sent = json::parse(notify::webhook_message(message, max_alerts));
        std::string out = sent["status"].get<std::string>() + ":";
        for (const auto& alert : sent["alerts"]) {
            out += " " + alert["labels"]["n"].get<std::string>() +
                   (alert["status"] == "firing" ? "+" : "-");
        }
        return out;
    };
    CHECK(told(0) == "firing: 1- 2- 3+");
    CHECK(told(3) == "firing: 1- 2- 3+");
    CHECK(told(2) == "resolved: 1- 2-");
    const auto cut = json::parse(notify::webhook_message(message, 2));
    CHECK(cut["truncatedAlerts"] == 1);
    CHECK(cut["commonLabels"] == json::parse(R"({"alertname": "A", "severity": "info"})"));
}

TEST_CASE("the_alerts_of_a_template_are_in_one_order", "[notify]") {
    auto message = test::message(test::firing("{alertname=\"A\",n=\"2\"}"));
    message.resolved.push_back(
        std::make_shared<const rules::Alert>(test::resolved("{alertname=\"A\",n=\"1\"}")));
    auto config = test::slack_config();
    config.texts.insert_or_assign(
        "text", test::message_template("{{ range .Alerts }}{{ .Labels.n }}{{ .Status }} {{ end }}"
                                       "{{ range .Alerts.Firing }}{{ .Labels.n }}{{ end }}"));
    const auto sent = json::parse(notify::slack_message(message, config, 0))["attachments"][0];
    CHECK(sent["text"] == "1resolved 2firing 2");
}

TEST_CASE("an_alertmanager_is_told_until_when_an_alert_counts", "[notify]") {
    const auto sent = json::parse(notify::alertmanager_message(group(), 100'000));
    REQUIRE(sent.size() == 3);
    CHECK(sent[0]["endsAt"] == "1970-01-01T00:05:40.000Z");
    CHECK(sent[2]["endsAt"] == "1970-01-01T00:01:01.000Z");
    CHECK(sent[2]["labels"]["n"] == "3");
    CHECK_FALSE(sent[0].contains("fingerprint"));
}

TEST_CASE("a_group_is_one_message_of_slack", "[notify]") {
    const auto sent = json::parse(
        notify::slack_message(group(), test::slack_config(), 100'000))["attachments"][0];
    CHECK(sent["title"] == "CRITICAL A (2)");
    CHECK(sent["text"] == "\n*&lt;two&gt;*\n\n_Resolved:_ Over after 1m 0s.\n");
    CHECK(sent["color"] == "danger");
    CHECK(sent["fields"].size() == 1); // what they share
    CHECK(sent["ts"] == 1);
}

TEST_CASE("a_large_group_is_cut_and_says_so", "[notify]") {
    notify::Message message;
    for (int i = 0; i < 10'000; ++i) {
        auto alert = test::firing("{alertname=\"A" + std::to_string(i) + "\"}");
        alert.annotations = {{"summary", "words"}, {"description", std::string(100, 'x')}};
        message.firing.push_back(std::make_shared<const rules::Alert>(alert));
    }
    auto config = test::slack_config();
    const auto sent = json::parse(notify::slack_message(message, config, 0))["attachments"][0];
    CHECK(sent["title"] == "FIRING several alerts (10000)");
    CHECK_THAT(sent["text"].get<std::string>(), Catch::Contains("These are 10 of 10000"));
    // A hand-written text that names all of them.
    config.texts.insert_or_assign(
        "text",
        test::message_template("{{ range .Alerts }}{{ .Annotations.description }}{{ end }}"));
    const auto all = json::parse(notify::slack_message(message, config, 0))["attachments"][0];
    CHECK_THAT(all["text"].get<std::string>(),
               Catch::StartsWith("xxx") && Catch::EndsWith("…") && !Catch::Contains("error"));
}

TEST_CASE("what_was_told_decides_what_is_news", "[notify]") {
    const notify::DedupPolicy policy{true, 1000, 0};
    CHECK(reason_to_send(nullptr, {}, {}, policy, 0) == SendReason::Nothing);
    CHECK(reason_to_send(nullptr, {1}, {}, policy, 0) == SendReason::Firing);
    const notify::Told told{0, {1, 2}};
    CHECK(reason_to_send(&told, {1, 2}, {}, policy, 999) == SendReason::Nothing);
    CHECK(reason_to_send(&told, {1, 2}, {}, policy, 1000) == SendReason::Repeat);
    CHECK(reason_to_send(&told, {1, 3}, {}, policy, 10) == SendReason::Firing);
    CHECK(reason_to_send(&told, {1}, {2}, policy, 10) == SendReason::Resolved);
    CHECK(reason_to_send(&told, {1}, {2}, {false, 1000, 0}, 10) == SendReason::Nothing);
    CHECK(reason_to_send(&told, {}, {}, policy, 5000) == SendReason::Nothing); // all are silenced
}

TEST_CASE("a_channel_rests_after_a_failure_and_forgets_nothing", "[notify]") {
    notify::Outbox outbox;
    outbox.add("one");
    outbox.add("two");
    CHECK(outbox.next(0, false) == "one");
    outbox.begin("one");
    CHECK_FALSE(outbox.next(0, false)); // one at a time
    outbox.completed({Verdict::Kind::Retry, "busy", 5000}, 0);
    CHECK_FALSE(outbox.next(4999, false));
    CHECK(outbox.next_at(0) == 5000);
    CHECK(outbox.next(0, true) == "two"); // the last attempt; who failed comes last
    CHECK(outbox.next(5000, false) == "two");
    outbox.begin("two");
    outbox.completed({Verdict::Kind::Retry, "busy", {}}, 5000);
    CHECK(outbox.next_at(5000) == 7000); // twice as long as the first wait
    CHECK(outbox.next(7000, false) == "one");
    outbox.begin("one");
    outbox.completed({}, 7000);
    CHECK(outbox.next(7000, false) == "two");
    CHECK(outbox.stats().sent == 1);
    CHECK(outbox.stats().retries == 2);
    CHECK(outbox.stats().waiting == 1);
    outbox.begin("two");
    outbox.completed({Verdict::Kind::Refused, "HTTP 404", {}}, 7000);
    CHECK_FALSE(outbox.next(7000, false));
    CHECK(outbox.holds("two")); // until somebody says what becomes of it
    outbox.end_rest();
    CHECK(outbox.next(7000, false) == "two");
    outbox.remove("two");
    CHECK_FALSE(outbox.holds("two"));
}

TEST_CASE("alerts_and_what_was_told_survive_as_text", "[notify]") {
    auto alert = test::firing("{alertname=\"A\",n=\"\u00e9\"}", 5000);
    alert.annotations = {{"summary", "a \"b\""}};
    alert.value = 1.5;
    const auto back = notify::parse_alert_text(notify::alert_text(alert));
    REQUIRE(back);
    CHECK(back->labels == alert.labels);
    CHECK(back->annotations == alert.annotations);
    CHECK(back->fired_at == 5000);
    CHECK(back->firing());
    const auto told = notify::parse_told_text(notify::told_text({"key\nx", 7, {1, 0xffff}, {9}}));
    REQUIRE(told);
    CHECK(told->key == "key\nx");
    CHECK(told->firing == notify::Fingerprints{1, 0xffff});
    CHECK(told->muted == notify::Fingerprints{9});
    CHECK(notify::parse_told_text(R"({"key":"x","firing":""})")->muted.empty()); // as of before
    CHECK_FALSE(notify::parse_told_text(R"({"key":"x","firing":"","muted":"1"})"));
    for (const auto* broken : {"", "{}", "[1]", R"({"key":"x","firing":"12"})",
                               R"({"key":"x","firing":"zzzzzzzzzzzzzzzz"})", R"({"labels":{}})"}) {
        CHECK_FALSE(notify::parse_alert_text(broken));
        CHECK_FALSE(notify::parse_told_text(broken));
    }
}

TEST_CASE("the_message_of_an_incident_survives_as_text_and_may_be_missing", "[notify][slack]") {
    const auto told = notify::parse_told_text(
        notify::told_text({"key", 7, {1}, {}, notify::SlackPost{"C1", "1700000000.000100"}}));
    REQUIRE(told);
    CHECK(told->post == notify::SlackPost{"C1", "1700000000.000100"});
    const std::string old = R"({"key":"k","at":5,"firing":"0000000000000001")";
    for (const auto* rest :
         {"}", R"(,"post":5})", R"(,"post":{"ts":"1"}})", R"(,"post":{"channel":5,"ts":"1"}})"}) {
        const auto without = notify::parse_told_text(old + rest);
        REQUIRE(without);
        CHECK(without->firing == notify::Fingerprints{1});
        CHECK_FALSE(without->post);
    }
}

TEST_CASE("links_lead_to_the_installation_and_to_the_expression", "[notify]") {
    auto alert = test::firing("{alertname=\"A\"}");
    alert.generator_url = "http://o:9788/graph?g0.expr=up+%3D%3D+0&g0.tab=1";
    CHECK(notify::parse_alert_text(notify::alert_text(alert))->generator_url ==
          alert.generator_url);
    auto message = test::message(alert);
    message.external_url = "http://o:9788";
    auto config = test::slack_config();
    config.texts.insert_or_assign("title_link",
                                  test::message_template("{{ .ExternalURL }}/#/alerts"));
    config.texts.insert_or_assign(
        "text", test::message_template("{{ range .Alerts }}{{ .GeneratorURL }}{{ end }}"));
    const auto slack = json::parse(notify::slack_message(message, config, 0))["attachments"][0];
    CHECK(slack["title_link"] == "http://o:9788/#/alerts");
    CHECK(slack["text"] == alert.generator_url);
    const auto hook = json::parse(notify::webhook_message(message, 0));
    CHECK(hook["externalURL"] == "http://o:9788");
    CHECK(hook["alerts"][0]["generatorURL"] == alert.generator_url);
    CHECK_FALSE(hook.contains("note"));
    CHECK(json::parse(notify::alertmanager_message(message, 0))[0]["generatorURL"] ==
          alert.generator_url);
}

TEST_CASE("any_success_is_delivery_to_a_webhook", "[notify]") {
    CHECK(notify::classify_plain({204, "", "", ""}).kind == Verdict::Kind::Delivered);
    CHECK(notify::classify_plain({400, "", "", ""}).kind == Verdict::Kind::Refused);
    CHECK(notify::classify_plain({503, "", "", ""}).kind == Verdict::Kind::Retry);
    CHECK(notify::classify_plain({429, "", "7", ""}).retry_after_ms == 7000);
    CHECK(notify::classify_plain({0, "", "", "no answer"}).why == "no answer");
}

// As prometheus/common computes it: the fingerprint of {a="b"}.
TEST_CASE("a_fingerprint_is_that_of_prometheus", "[notify]") {
    CHECK(notify::to_hex(notify::fingerprint({})) == "cbf29ce484222325");
    CHECK(notify::from_hex(notify::to_hex(0x123456789abcdef0)) == 0x123456789abcdef0);
    CHECK_FALSE(notify::from_hex("12"));
}
