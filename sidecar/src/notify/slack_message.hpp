#pragma once
// This component builds the JSON that Slack's incoming webhooks take, from an alert and the
// settings of a receiver. Pure. Label values are made harmless: they cannot mention people or forge
// links.

#include "notify/settings.hpp"
#include "rules/alert.hpp"

#include <string>
#include <string_view>

namespace opsmon::notify {

[[nodiscard]] std::string slack_message(const rules::Alert& alert, const std::string& receiver,
                                        const SlackConfig& config, TimestampMs now);

// & < > as Slack wants them.
[[nodiscard]] std::string escape_slack(std::string_view text);

} // namespace opsmon::notify
