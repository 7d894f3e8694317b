#pragma once
// This component provides receivers and alerts for the tests of notifications.

#include "notify/default_texts.hpp"
#include "notify/message.hpp"
#include "notify/settings.hpp"
#include "rules/alert.hpp"
#include "support/series.hpp"

#include <string>

namespace opsmon::test {

inline rules::Template message_template(std::string_view text) {
    return *rules::Template::parse(text, rules::TemplateDialect::Notification);
}

inline notify::SlackConfig slack_config(const std::string& url = "http://127.0.0.1:1/hook") {
    notify::SlackConfig out{notify::SecretUrl(*parse_url(url))};
    out.send_resolved = true;
    out.texts = {{"title", message_template(notify::kDefaultTitle)},
                 {"text", message_template(notify::kDefaultText)},
                 {"color", message_template(notify::kDefaultColor)}};
    return out;
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

// Of a group of its own.
inline notify::Message message(const rules::Alert& alert, const std::string& receiver = "team") {
    notify::Message out;
    out.receiver = receiver;
    out.group_labels = alert.labels;
    (alert.firing() ? out.firing : out.resolved)
        .push_back(std::make_shared<const rules::Alert>(alert));
    return out;
}

} // namespace opsmon::test
