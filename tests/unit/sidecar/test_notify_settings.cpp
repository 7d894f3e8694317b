#include <catch2/catch.hpp>

#include "notify/settings.hpp"
#include "support/scratch_file.hpp"

#include <filesystem>
#include <fstream>

using namespace opsmon;
using test::ScratchFile;

namespace {

std::string fault(const std::string& text) {
    const ScratchFile file(text);
    const auto loaded = notify::load_settings(file.path());
    return loaded ? "" : loaded.error().message;
}

} // namespace

TEST_CASE("loads_a_notification_file_of_alertmanager", "[notify]") {
    const ScratchFile file(R"(
global:
  slack_api_url: https://hooks.example.com/services/T0/B0/secret
route:
  receiver: slack-critical
  repeat_interval: 12h
receivers:
  - name: slack-critical
    slack_configs:
      - channel: '#alert-critical'
        send_resolved: true
        title: '{{ .GroupLabels.alertname }}'
        text: '{{ range .Alerts }}{{ .Annotations.description }}{{ end }}'
      - api_url: http://127.0.0.1:8080/other?x=1
  - name: nobody
)");
    const auto loaded = notify::load_settings(file.path());
    if (!loaded) {
        FAIL(loaded.error().message);
    }
    CHECK(loaded->receiver == "slack-critical");
    CHECK(loaded->repeat_interval_ms == 12 * 3600 * 1000);
    REQUIRE(loaded->receivers.size() == 2);
    REQUIRE(loaded->receivers[0].slack.size() == 2);
    const auto& first = loaded->receivers[0].slack[0];
    CHECK(first.url.reveal().origin() == "https://hooks.example.com:443");
    CHECK(first.url.reveal().target() == "/services/T0/B0/secret");
    CHECK(first.channel == "#alert-critical");
    CHECK(first.send_resolved);
    const auto& second = loaded->receivers[0].slack[1];
    CHECK(second.url.reveal().target() == "/other?x=1");
    CHECK_FALSE(second.send_resolved); // Alertmanager's default for Slack
    CHECK(loaded->receivers[1].slack.empty());
}

TEST_CASE("a_webhook_is_read_from_a_file_beside_the_settings", "[notify]") {
    const ScratchFile file("global: {slack_api_url_file: webhook}\n"
                           "route: {receiver: a}\n"
                           "receivers: [{name: a, slack_configs: [{channel: '#a'}]}]\n");
    std::ofstream(std::filesystem::path(file.path()).parent_path() / "webhook")
        << "http://127.0.0.1:1/hook\n";
    const auto loaded = notify::load_settings(file.path());
    REQUIRE(loaded);
    CHECK(loaded->receivers[0].slack[0].url.reveal().target() == "/hook");
    CHECK(loaded->repeat_interval_ms == 4 * 3600 * 1000);
}

TEST_CASE("faulty_notification_files_are_refused", "[notify]") {
    const std::string receivers = "receivers: [{name: a}]\n";
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"", "route: is missing"},
        {"a: [", "is not valid YAML"},
        {"route: {receiver: b}\n" + receivers, "there is no receiver \"b\""},
        {"route: {}\n" + receivers, "route.receiver: is needed"},
        {"route: {receiver: a, group_by: [x]}\n" + receivers,
         ":1: route.group_by: is not a key here; known are: receiver, repeat_interval"},
        {"route: {receiver: a, repeat_interval: often}\n" + receivers, "is not a duration"},
        {"route: {receiver: a, repeat_interval: 0s}\n" + receivers, "must be 1s or more"},
        {"route: {receiver: a}\nreceivers: [{name: a}, {name: a}]", "exists twice"},
        {"route: {receiver: a}\nreceivers: [{name: a, email_configs: []}]",
         "receivers[0].email_configs: is not a key here"},
        {"route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{channel: '#a'}]}]",
         "no webhook"},
        {"route: {receiver: a}\ninhibit_rules: []\n" + receivers,
         "inhibit_rules: is not a key here"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK_THAT(fault(text), Catch::Contains(expected));
    }
    const auto slack = [](const std::string& inner) {
        return "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{" + inner + "}]}]";
    };
    CHECK_THAT(fault(slack("api_url: 'http://h/', send_resolved: maybe")),
               Catch::Contains("must be true or false"));
    CHECK_THAT(fault(slack("api_url: 'http://h/', title: '{{ $value }}'")),
               Catch::Contains("undefined variable \"$value\""));
    CHECK_THAT(fault(slack("api_url: 'http://h/', api_url_file: f")),
               Catch::Contains("at most one of api_url and api_url_file"));
    CHECK_THAT(fault(slack("api_url_file: nowhere")),
               Catch::Contains("receivers[0].slack_configs[0].api_url_file: cannot open the file "
                               "this key names: No such file or directory"));
}

TEST_CASE("a_faulty_webhook_address_is_not_shown", "[notify]") {
    for (const auto* address : {"ftp://hooks/secret", "https://user:secret@hooks/x", "secret",
                                "https://ho st/secret", "http://h:99999/secret"}) {
        const auto text = fault("global: {slack_api_url: '" + std::string(address) +
                                "'}\nroute: {receiver: a}\nreceivers: [{name: a}]\n");
        CHECK_THAT(text, Catch::Contains("global.slack_api_url: is not a webhook address") &&
                             !Catch::Contains("secret:") && !Catch::Contains("/secret") &&
                             !Catch::Contains("'secret'"));
    }
}

TEST_CASE("an_address_under_the_key_of_its_file_is_not_shown", "[notify]") {
    for (const auto* value : {"https://hooks.slack.com/services/T0/secret", "T0/B0/secret"}) {
        const auto text = fault("global:\n  slack_api_url_file: " + std::string(value) +
                                "\nroute: {receiver: a}\nreceivers: [{name: a}]\n");
        CHECK_THAT(text, Catch::Contains(":2: global.slack_api_url_file: ") &&
                             !Catch::Contains("/secret") && !Catch::Contains("T0"));
    }
}

TEST_CASE("an_address_in_place_of_the_notification_file_is_not_shown", "[notify]") {
    for (const auto* path : {"https://hooks.slack.com/services/T0/secret",
                             "/etc/x/https:/hooks.slack.com/services/T0/secret"}) {
        const auto loaded = notify::load_settings(path);
        REQUIRE_FALSE(loaded);
        CHECK_THAT(loaded.error().message, Catch::Contains("alerting.notification_file") &&
                                               !Catch::Contains("secret/") &&
                                               !Catch::Contains("T0"));
    }
}
