#pragma once
// This component builds the JSON that Slack's incoming webhooks, chat.postMessage and chat.update
// take, from a message and the settings of a receiver. Pure. Values of labels and annotations are
// made harmless: they cannot mention people or forge links. What the templates themselves say is
// left as it is.

#include "notify/message.hpp"
#include "notify/settings.hpp"
#include "notify/slack_post.hpp"

#include <string>
#include <string_view>

namespace opsmon::notify {

[[nodiscard]] std::string slack_message(const Message& message, const SlackConfig& config,
                                        TimestampMs now);

// For chat.update: the message `post` becomes this one. It mentions nobody, as an edit is read by
// nobody who did not look anyway.
[[nodiscard]] std::string slack_update(Message message, const SlackConfig& config, TimestampMs now,
                                       const SlackPost& post);

// At the border of a character, and never within an escape such as &amp;.
[[nodiscard]] std::string cut(std::string text, std::size_t max_bytes);

// & < > as Slack wants them.
[[nodiscard]] std::string escape_slack(std::string_view text);

} // namespace opsmon::notify
