#pragma once
// This component builds the JSON of a webhook receiver, version 4 of Alertmanager's, and of what a
// real Alertmanager is sent: every alert of the group with its labels and times. Pure.

#include "notify/message.hpp"

#include <string>

namespace opsmon::notify {

// `max_alerts` 0: all of them; else the first ones in their order, whether they fire or not.
[[nodiscard]] std::string webhook_message(const Message& message, std::size_t max_alerts);

// The alerts as POST /api/v2/alerts of a real Alertmanager takes them. One that fires is over by
// itself when nobody says so again within four minutes, as with Prometheus.
[[nodiscard]] std::string alertmanager_message(const Message& message, TimestampMs now);

// RFC 3339 in UTC, with milliseconds; a moment that has not come is Go's zero time.
[[nodiscard]] std::string rfc3339(TimestampMs at);

} // namespace opsmon::notify
