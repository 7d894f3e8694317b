#pragma once
// This component provides which message of Slack an incident is: what chat.postMessage answered,
// and what chat.update and a thread need. It is kept with what the receiver was told.

#include <string>

namespace opsmon::notify {

struct SlackPost {
    std::string channel; // as the answer names it
    std::string ts;
    friend bool operator==(const SlackPost&, const SlackPost&) = default;
};

} // namespace opsmon::notify
