#include "notify/settings/reader.hpp"

namespace opsmon::notify {
namespace {

using config::Section;

constexpr const char* kOtherKinds[] = {"email_configs",     "pagerduty_configs", "opsgenie_configs",
                                       "wechat_configs",    "sns_configs",       "pushover_configs",
                                       "victorops_configs", "telegram_configs",  "webex_configs",
                                       "discord_configs"};

std::optional<WebhookConfig> read_webhook(Reading& reading, Section& section) {
    const auto address = read_url(reading, section, "url", nullptr);
    const bool send_resolved = read_boolean(reading, section, "send_resolved").value_or(true);
    const auto max_alerts = section.whole_number("max_alerts", 0, 1'000'000);
    auto http = reading.http;
    if (auto own = section.section("http_config")) {
        http = read_http_config(reading, *own);
    }
    section.finish();
    if (!address.given) {
        reading.faults.add(section.line(), section.key_path("url"), "is needed");
    }
    if (!address.url) {
        return std::nullopt;
    }
    return WebhookConfig{*address.url, std::move(http.authorization), send_resolved,
                         static_cast<std::size_t>(max_alerts ? max_alerts->value : 0),
                         http.follow_redirects};
}

} // namespace

Receiver read_receiver(Reading& reading, Section& section) {
    Receiver out;
    if (const auto name = section.text("name", kMaxNameBytes); name && !name->value.empty()) {
        out.name = name->value;
        if (!reading.receivers.insert(name->value).second) {
            reading.fault(section, "name", name->line,
                          "the receiver \"" + config::shown(name->value) + "\" exists twice");
        }
    } else {
        reading.faults.add(section.line(), section.key_path("name"), "is needed");
    }
    for (auto& slack : section.sections("slack_configs", kMaxConfigs)) {
        if (auto one = read_slack(reading, slack)) {
            out.slack.push_back(std::move(*one));
        }
    }
    for (auto& webhook : section.sections("webhook_configs", kMaxConfigs)) {
        if (auto one = read_webhook(reading, webhook)) {
            out.webhooks.push_back(std::move(*one));
        }
    }
    for (const auto* kind : kOtherKinds) {
        if (const auto line = section.line_of_key(kind)) {
            reading.fault(section, kind, *line,
                          "this version tells Slack and webhooks only; for this kind run an "
                          "Alertmanager with this file and name it in opsmon.yml under "
                          "alerting.alertmanagers");
        }
    }
    section.finish();
    return out;
}

} // namespace opsmon::notify
