#include <catch2/catch.hpp>

#include "notify/slack_message.hpp"
#include "support/slack_config.hpp"

#include <nlohmann/json.hpp>

using namespace opsmon;
using nlohmann::json;

namespace {

const std::string kSeries =
    "{alertname=\"Vanished\",severity=\"critical\",slot_name=\"standby_1\"}";

json attachment(const rules::Alert& alert,
                const notify::SlackConfig& config = test::slack_config()) {
    const auto message = json::parse(notify::slack_message(test::message(alert), config, 100'000));
    REQUIRE(message["attachments"].size() == 1);
    return message["attachments"][0];
}

} // namespace

TEST_CASE("the_default_message_says_how_bad_what_and_what_to_type", "[notify]") {
    auto alert = test::firing(kSeries, 40'000);
    alert.annotations = {{"summary", "standby_1 has vanished"},
                         {"description", "Type: `SELECT 1;`"}};
    const auto sent = attachment(alert);
    CHECK(sent["title"] == "CRITICAL Vanished");
    CHECK(sent["fallback"] == "CRITICAL Vanished");
    CHECK(sent["text"] == "*standby_1 has vanished*\nType: `SELECT 1;`\n");
    CHECK(sent["color"] == "danger");
    CHECK(sent["ts"] == 40);
    CHECK(sent["fields"] == json::parse(R"([
        {"title": "severity", "value": "critical", "short": true},
        {"title": "slot_name", "value": "standby_1", "short": true}])"));
}

TEST_CASE("the_default_message_of_an_end_says_how_long_it_was", "[notify]") {
    auto alert = test::resolved(kSeries, 40'000, 100'000);
    alert.annotations = {{"summary", "standby_1 has vanished"}, {"description", "Type this"}};
    const auto sent = attachment(alert);
    CHECK(sent["title"] == "RESOLVED Vanished");
    CHECK(sent["text"] == "*standby_1 has vanished*\nOver after 1m 0s.\n");
    CHECK(sent["color"] == "good");
    CHECK(sent["ts"] == 100);
}

TEST_CASE("a_silent_source_is_said_in_the_message", "[notify]") {
    auto alert = test::firing(kSeries);
    alert.no_data = true;
    CHECK_THAT(attachment(alert)["text"].get<std::string>(), Catch::Contains("no data"));
}

TEST_CASE("the_colour_follows_the_severity", "[notify]") {
    const auto color = [](const std::string& severity) {
        return attachment(test::firing("{alertname=\"A\",severity=\"" + severity + "\"}"))["color"];
    };
    CHECK(color("critical") == "danger");
    CHECK(color("warning") == "warning");
    CHECK(color("info") == "#439FE0");
    CHECK(attachment(test::firing("{alertname=\"A\"}"))["title"] == "FIRING A");
}

TEST_CASE("titles_and_texts_of_alertmanager_work", "[notify]") {
    auto config = test::slack_config();
    config.texts.insert_or_assign("channel", test::message_template("#alert-critical"));
    config.texts.insert_or_assign("username", test::message_template("opsmon"));
    config.texts.insert_or_assign("icon_emoji", test::message_template(":fire:"));
    config.texts.insert_or_assign(
        "title", test::message_template("{{ .GroupLabels.alertname }} ({{ .Status }}) to "
                                        "{{ .Receiver }}: {{ .Alerts.Firing | len }}"));
    config.texts.insert_or_assign(
        "text", test::message_template(
                    "{{ range .Alerts }}{{ .Annotations.description }} {{ .Labels.slot_name }} {{ "
                    ".StartsAt }}"
                    "{{ end }} {{ .CommonLabels.severity }} {{ .CommonAnnotations.description }}"
                    "{{ range .CommonLabels.SortedPairs }} {{ .Name }}={{ .Value }}{{ end }}"));
    auto alert = test::firing(kSeries, 60'000);
    alert.annotations = {{"description", "words"}};
    const auto sent = attachment(alert, config);
    CHECK(sent["title"] == "Vanished (firing) to team: 1");
    CHECK(sent["text"] == "words standby_1 1970-01-01 00:01:00 +0000 UTC critical words "
                          "alertname=Vanished severity=critical slot_name=standby_1");
    const auto message = json::parse(notify::slack_message(test::message(alert), config, 100'000));
    CHECK(message["channel"] == "#alert-critical");
    CHECK(message["username"] == "opsmon");
    CHECK(message["icon_emoji"] == ":fire:");
}

TEST_CASE("hostile_label_values_cannot_mention_people_or_break_the_json", "[notify]") {
    auto alert = test::firing("{alertname=\"A\"}");
    alert.labels.set("name", "<!channel> & \"x\" \n \x01 \xff");
    alert.annotations = {{"summary", "<https://evil|click>"}};
    const auto sent = attachment(alert);
    CHECK_THAT(sent["fields"][0]["value"].get<std::string>(),
               Catch::StartsWith("&lt;!channel&gt; &amp; \"x\""));
    CHECK(sent["text"] == "*&lt;https://evil|click&gt;*\n");
}

TEST_CASE("messages_stay_within_slacks_limits", "[notify]") {
    auto alert = test::firing("{alertname=\"A\"}");
    for (int i = 0; i < 50; ++i) {
        alert.labels.set("label_" + std::to_string(i), std::string(1000, 'x'));
    }
    std::string text;
    for (int i = 0; i < 10'000; ++i) {
        text += "é";
    }
    alert.annotations = {{"summary", text}};
    const auto sent = attachment(alert);
    CHECK(sent["fields"].size() == 10);
    CHECK(sent["text"].get<std::string>().size() <= 8000);
    CHECK_THAT(sent["text"].get<std::string>(), Catch::EndsWith("é…"));
}
