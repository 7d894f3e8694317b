#pragma once
// This component delivers one message: it gives it the form that the channel wants, has it posted
// and judges the answer. The notifier uses it. What it says of a failure never holds the address.

#include "notify/dispatcher.hpp"
#include "notify/slack_response.hpp"

#include <chrono>

namespace opsmon::notify {

// Within twice the `timeout`, however many requests it takes, name lookups aside.
[[nodiscard]] Verdict deliver(const Job& job, std::chrono::milliseconds timeout, TimestampMs now);

} // namespace opsmon::notify
