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
    CHECK(loaded->route.options.receiver == "slack-critical");
    CHECK(loaded->route.options.repeat_interval_ms == 12 * 3600 * 1000);
    REQUIRE(loaded->receivers.size() == 2);
    REQUIRE(loaded->receivers[0].slack.size() == 2);
    const auto& first = loaded->receivers[0].slack[0];
    CHECK(first.url.reveal().origin() == "https://hooks.example.com:443");
    CHECK(first.url.reveal().target() == "/services/T0/B0/secret");
    CHECK(first.texts.at("channel").text() == "#alert-critical");
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
    CHECK(loaded->route.options.repeat_interval_ms == 4 * 3600 * 1000);
}

TEST_CASE("faulty_notification_files_are_refused", "[notify]") {
    const std::string receivers = "receivers: [{name: a}]\n";
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"", "route: is missing"},
        {"a: [", "is not valid YAML"},
        {"route: {receiver: b}\n" + receivers, "there is no receiver \"b\""},
        {"route: {}\n" + receivers, "route.receiver: is needed"},
        {"route: {receiver: a, group_on: [x]}\n" + receivers,
         ":1: route.group_on: is not a key here; known are: receiver, group_by"},
        {"route: {receiver: a, group_by: [x, x]}\n" + receivers, "\"x\" is given twice"},
        {"route: {receiver: a, group_by: ['...', x]}\n" + receivers, "stands alone"},
        {"route:\n  receiver: a\n  routes:\n  - matchers: ['a']\n" + receivers,
         ":4: route.routes[0].matchers: \"a\" is no matcher"},
        {"route: {receiver: a, match: {a: b}}\n" + receivers, "the first route takes every alert"},
        {"route: {receiver: a, routes: [{mute_time_intervals: [x]}]}\n" + receivers,
         "there is no time interval \"x\""},
        {"route: {receiver: a, repeat_interval: often}\n" + receivers, "is not a duration"},
        {"route: {receiver: a, repeat_interval: 0s}\n" + receivers, "must be longer than zero"},
        {"route: {receiver: a}\nreceivers: [{name: a}, {name: a}]", "exists twice"},
        {"route: {receiver: a}\nreceivers:\n- name: a\n  email_configs: []\n",
         ":4: receivers[0].email_configs: this version tells Slack and webhooks only"},
        {"route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{channel: '#a'}]}]",
         "no webhook"},
        {"route: {receiver: a}\ninhibit_rules: [{source_match: {a: b}, target: x}]\n" + receivers,
         "inhibit_rules[0].target: is not a key here"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK_THAT(fault(text), Catch::Contains(expected));
    }
    const auto slack = [](const std::string& inner) {
        return "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{" + inner + "}]}]";
    };
    CHECK_THAT(fault(slack("api_url: 'http://h/', send_resolved: maybe")),
               Catch::Contains("must be true or false, without quotes"));
    CHECK_THAT(fault(slack("api_url: 'http://h/', title: '{{ $value }}'")),
               Catch::Contains("undefined variable \"$value\""));
    CHECK_THAT(fault(slack("api_url: 'http://h/', api_url_file: f")),
               Catch::Contains("at most one of api_url and api_url_file"));
    CHECK_THAT(fault(slack("api_url_file: nowhere")),
               Catch::Contains("receivers[0].slack_configs[0].api_url_file: cannot open the file "
                               "this key names: No such file or directory"));
}

TEST_CASE("a_bot_of_slack_is_known_by_its_address_and_needs_a_channel", "[notify][slack]") {
    const auto slack = [](const std::string& inner) {
        return "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{api_url: "
               "'https://slack.com/api/chat.postMessage', http_config: {authorization: "
               "{credentials: xoxb-secret}}" +
               inner + "}]}]";
    };
    CHECK_THAT(fault(slack("")), Catch::Contains("channel: is needed with chat.postMessage"));
    const auto load = [](const std::string& text) {
        const ScratchFile file(text);
        return notify::load_settings(file.path());
    };
    const auto good = load(slack(", channel: '#a'"));
    REQUIRE(good);
    const auto& config = good->receivers[0].slack[0];
    CHECK(notify::SlackConfig::is_bot(config.url));
    CHECK(config.authorization.reveal() == "Bearer xoxb-secret");
    CHECK(config.mentions_here);
    for (const auto* own : {", title: x", ", text: x", ", pretext: x", ", pretext: ''"}) {
        CAPTURE(own);
        const auto others = load(slack(std::string(", channel: '#a'") + own));
        REQUIRE(others);
        CHECK_FALSE(others->receivers[0].slack[0].mentions_here);
    }
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

TEST_CASE("an_address_with_the_end_of_a_line_is_refused_and_of_a_file_is_read", "[notify]") {
    const auto slack = [](const std::string& inner) {
        return "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{" + inner + "}]}]";
    };
    for (const auto* address : {"http://h/secret\\n", " http://h/secret", "http://h/se\\ncret"}) {
        CHECK_THAT(fault(slack("api_url: \"" + std::string(address) + "\"")),
                   Catch::Contains("is not a webhook address") && !Catch::Contains("http"));
    }
    const ScratchFile file(slack("api_url_file: hook_of_two_lines"));
    std::ofstream(std::filesystem::path(file.path()).parent_path() / "hook_of_two_lines")
        << " http://127.0.0.1:1/hook \n\n";
    const auto loaded = notify::load_settings(file.path());
    REQUIRE(loaded);
    CHECK(loaded->receivers[0].slack[0].url.reveal().target() == "/hook");
}

TEST_CASE("an_authorization_that_no_header_can_carry_is_refused", "[notify]") {
    for (const auto* inner : {"type: \"Bearer\\n\", credentials: secret", "type: \"Bea\\nrer\"",
                              "credentials: \"secret\\r\\nX: y\""}) {
        const auto text = fault("global: {http_config: {authorization: {" + std::string(inner) +
                                "}}}\nroute: {receiver: a}\nreceivers: [{name: a}]\n");
        CHECK_THAT(text, Catch::Contains("authorization: holds characters that a header cannot") &&
                             !Catch::Contains("secret\n"));
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

TEST_CASE("the_file_of_the_incident_loads_unchanged", "[notify]") {
    const ScratchFile file(R"(
global:
  slack_api_url: 'https://hooks.example.com/services/T0/B0/secret'
route:
  group_by: ['alertname', 'severity']
  group_wait: 10s
  group_interval: 10s
  repeat_interval: 12h
  receiver: 'slack-warning'
  routes:
    - match:
        severity: critical
      receiver: 'slack-critical'
    - match:
        severity: warning
      receiver: 'slack-warning'
receivers:
  - name: 'slack-critical'
    slack_configs:
      - channel: '#alert-critical'
        send_resolved: true
        title: '{{ .GroupLabels.alertname }}'
        text: '{{ range .Alerts }}{{ .Annotations.description }}{{ end }}'
  - name: 'slack-warning'
    slack_configs:
      - channel: '#alert-warning'
)");
    const auto loaded = notify::load_settings(file.path());
    if (!loaded) {
        FAIL(loaded.error().message);
    }
    const auto& route = loaded->route;
    CHECK(route.options.group_by == std::vector<std::string>{"alertname", "severity"});
    CHECK(route.options.group_wait_ms == 10'000);
    CHECK(route.options.group_interval_ms == 10'000);
    REQUIRE(route.routes.size() == 2);
    CHECK(route.routes[0].options.receiver == "slack-critical");
    CHECK(route.routes[0].options.repeat_interval_ms == 12 * 3600 * 1000); // its parent's
    CHECK(notify::to_string(route.routes[0].matchers) == "{severity=\"critical\"}");
}

TEST_CASE("every_part_of_alertmanagers_file_is_read", "[notify]") {
    const ScratchFile file(R"(
global:
  resolve_timeout: 10m
  smtp_smarthost: localhost:25
  slack_api_url: http://127.0.0.1:1/hook
  http_config: {bearer_token: word}
templates: ['*.tmpl']
route:
  receiver: a
  group_by: ['...']
  routes:
    - matchers: ['a="b"', 'c!~"x|y"']
      match_re: {d: 'e.*'}
      continue: true
      mute_time_intervals: [nights]
      active_time_intervals: [days]
      routes: [{receiver: b, group_by: [x]}]
inhibit_rules:
  - {source_matchers: ['severity="critical"'], target_match: {severity: warning}, equal: [x, y]}
mute_time_intervals:
  - name: nights
    time_intervals:
      - times: [{start_time: '00:00', end_time: '06:00'}, {start_time: '22:00', end_time: '24:00'}]
time_intervals:
  - name: days
    time_intervals:
      - weekdays: ['monday:friday']
        days_of_month: ['1:5', '-3:-1']
        months: ['january:march', '12']
        years: ['2026:2030']
        location: 'UTC'
receivers:
  - name: a
    slack_configs:
      - title: '{{ template "our.title" . }}'
        text: ''
        fields: [{title: one, value: '{{ .Status }}', short: true}]
        actions: [{type: button, text: Look, url: 'http://x', name: gone, confirm: {text: sure}}]
        mrkdwn_in: [text]
        short_fields: true
        link_names: true
        icon_url: x
  - name: b
    webhook_configs:
      - url: http://127.0.0.1:1/hook
        max_alerts: 5
        http_config: {basic_auth: {username: u, password: p}}
)");
    std::ofstream(std::filesystem::path(file.path()).parent_path() / "one.tmpl")
        << R"({{ define "our.title" }}{{ template "__subject" . }}!{{ end }})";
    const auto loaded = notify::load_settings(file.path());
    if (!loaded) {
        FAIL(loaded.error().message);
    }
    CHECK(loaded->resolve_timeout_ms == 600'000);
    const auto& route = loaded->route;
    CHECK(route.options.group_by_all);
    REQUIRE(route.routes.size() == 1);
    CHECK(route.routes[0].proceeds);
    CHECK(route.routes[0].matchers.size() == 3);
    CHECK(route.routes[0].options.receiver == "a");
    CHECK(route.routes[0].routes[0].options.receiver == "b");
    CHECK_FALSE(route.routes[0].routes[0].options.group_by_all);
    CHECK(route.routes[0].routes[0].options.mute_time_intervals.empty()); // not handed down
    CHECK(loaded->inhibit_rules[0].equal.size() == 2);
    CHECK(loaded->time_intervals.at("nights")[0].times[1] == notify::Range{22 * 60, 24 * 60});
    CHECK(loaded->time_intervals.at("days")[0].months[1] == notify::Range{12, 12});
    const auto& slack = loaded->receivers[0].slack[0];
    CHECK(slack.authorization.reveal() == "Bearer word");
    CHECK(slack.texts.at("text").text().empty());
    CHECK(slack.fields->at(0).is_short == true);
    CHECK(slack.actions[0].texts.size() == 3); // a link has no name
    CHECK(slack.actions[0].confirm.empty());
    const auto& webhook = loaded->receivers[1].webhooks[0];
    CHECK(webhook.send_resolved);
    CHECK(webhook.max_alerts == 5);
    CHECK(webhook.authorization.reveal() == "Basic dTpw");
}

TEST_CASE("redirects_are_followed_unless_the_settings_say_no", "[notify]") {
    const ScratchFile file("global: {http_config: {follow_redirects: false}}\n"
                           "route: {receiver: a}\n"
                           "receivers:\n"
                           "- name: a\n"
                           "  webhook_configs:\n"
                           "  - {url: 'http://h/'}\n"
                           "  - {url: 'http://h/', http_config: {}}\n"
                           "  - {url: 'http://h/', http_config: {follow_redirects: true}}\n"
                           "  slack_configs:\n"
                           "  - {api_url: 'http://h/'}\n"
                           "  - {api_url: 'http://h/', http_config: {enable_http2: true}}\n");
    const auto loaded = notify::load_settings(file.path());
    REQUIRE(loaded);
    const auto& receiver = loaded->receivers[0];
    CHECK_FALSE(receiver.webhooks[0].follow_redirects);
    CHECK(receiver.webhooks[1].follow_redirects); // its own http_config, as with Alertmanager
    CHECK(receiver.webhooks[2].follow_redirects);
    CHECK_FALSE(receiver.slack[0].follow_redirects);
    CHECK(receiver.slack[1].follow_redirects);
}

TEST_CASE("a_template_that_is_not_defined_is_refused_with_its_place", "[notify]") {
    CHECK_THAT(fault("route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{api_url: "
                     "'http://h/', title: '{{ template \"nowhere\" . }}'}]}]"),
               Catch::Contains("slack_configs[0].title: 1:4: parse error: template \"nowhere\" is "
                               "not defined"));
}

TEST_CASE("a_secret_of_http_config_is_not_shown", "[notify]") {
    for (const auto* http :
         {"{bearer_token: 'very-secret', basic_auth: {password: very-secret}}",
          "{authorization: {type: Basic, credentials: very-secret}}",
          "{bearer_token: \"very-secret\\n\"}", "{bearer_token_file: /nowhere/very-secret}",
          "{proxy_url: 'http://u:very-secret@h/'}"}) {
        const auto text = fault("global: {http_config: " + std::string(http) +
                                "}\nroute: {receiver: a}\nreceivers: [{name: a}]\n");
        CAPTURE(http);
        CHECK(!text.empty());
        CHECK_THAT(text, !Catch::Contains("very-secret"));
    }
}
