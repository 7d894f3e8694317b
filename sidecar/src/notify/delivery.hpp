#pragma once
// This component posts one message to a webhook: the edge of notifications. It follows no redirect,
// reads at most 64 KiB of the answer, and its errors never hold the address.

#include "notify/dispatcher.hpp"
#include "notify/settings.hpp"
#include "notify/slack_response.hpp"

#include <chrono>
#include <string>

namespace opsmon::notify {

// The whole request, the name lookup aside, ends within twice the `timeout`.
[[nodiscard]] HttpAnswer post_json(const SecretUrl& url, const SecretHeader& authorization,
                                   const std::string& body, std::chrono::milliseconds timeout);

// In the form the channel wants, within twice the `timeout` as well, however many requests it
// takes.
[[nodiscard]] Verdict deliver(const Job& job, std::chrono::milliseconds timeout, TimestampMs now);

} // namespace opsmon::notify
