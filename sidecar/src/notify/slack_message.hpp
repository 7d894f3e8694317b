#pragma once
// This component builds the JSON that Slack's incoming webhooks take, from a message and the
// settings of a receiver. Pure. Values of labels and annotations are made harmless: they cannot
// mention people or forge links. What the templates themselves say is left as it is.

#include "notify/message.hpp"
#include "notify/settings.hpp"

#include <string>
#include <string_view>

namespace opsmon::notify {

[[nodiscard]] std::string slack_message(const Message& message, const SlackConfig& config,
                                        TimestampMs now);

// & < > as Slack wants them.
[[nodiscard]] std::string escape_slack(std::string_view text);

} // namespace opsmon::notify
