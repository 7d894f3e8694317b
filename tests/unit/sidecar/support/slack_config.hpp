#pragma once
// This component provides receivers and alerts for the tests of notifications.

#include "notify/default_texts.hpp"
#include "notify/settings.hpp"
#include "rules/alert.hpp"
#include "support/series.hpp"

#include <string>

namespace opsmon::test {

inline rules::Template message_template(std::string_view text) {
    return *rules::Template::parse(text, rules::TemplateDialect::Notification);
}

inline notify::SlackConfig slack_config(const std::string& url = "http://127.0.0.1:1/hook") {
    return {notify::SecretUrl(*parse_url(url)),
            "",
            "",
            "",
            true,
            message_template(notify::kDefaultTitle),
            message_template(notify::kDefaultText),
            message_template(notify::kDefaultColor)};
}

inline rules::Alert firing(const std::string& series, TimestampMs fired_at = 1000) {
    rules::Alert out;
    out.state = rules::AlertState::Firing;
    out.labels = labels(series);
    out.active_at = fired_at;
    out.fired_at = fired_at;
    return out;
}

inline rules::Alert resolved(const std::string& series, TimestampMs fired_at = 1000,
                             TimestampMs resolved_at = 61'000) {
    auto out = firing(series, fired_at);
    out.state = rules::AlertState::Inactive;
    out.resolved_at = resolved_at;
    return out;
}

} // namespace opsmon::test
