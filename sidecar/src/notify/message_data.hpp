#pragma once
// This component provides what the templates of a message can read: Alertmanager's data, and of
// each alert also .Value, .Duration, .NoData and .New. Pure.

#include "base/clock.hpp"
#include "metrics/labels.hpp"
#include "notify/message.hpp"
#include "rules/template_value.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace opsmon::notify {

// What makes a text harmless to who reads the message.
using Escape = std::function<std::string(std::string_view)>;

[[nodiscard]] rules::TemplateValue message_data(const Message& message, TimestampMs now,
                                                const Escape& escape);

// Labels and annotations that all of them share.
[[nodiscard]] metrics::Labels common_labels(const std::vector<AlertPointer>& alerts);
[[nodiscard]] std::map<std::string, std::string>
common_annotations(const std::vector<AlertPointer>& alerts);

} // namespace opsmon::notify
