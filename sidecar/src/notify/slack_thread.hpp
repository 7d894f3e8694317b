#pragma once
// This component builds what goes into the thread of an incident's message: what is new since it
// was told last, in a few lines. Pure. What it says of labels and annotations is made harmless.

#include "notify/message.hpp"
#include "notify/settings.hpp"
#include "notify/slack_post.hpp"

#include <string>

namespace opsmon::notify {

// For chat.postMessage.
[[nodiscard]] std::string slack_reply(const Message& message, const SlackConfig& config,
                                      TimestampMs now, const SlackPost& post);

} // namespace opsmon::notify
