#pragma once
// This component provides what the templates of a message can read: Alertmanager's data. This
// version sends each alert in a message of its own, as group_by: ['...'] does, so its labels are
// the group's and the common ones at once. Pure.

#include "rules/alert.hpp"
#include "rules/template_value.hpp"

#include <string>

namespace opsmon::notify {

[[nodiscard]] rules::TemplateValue message_data(const rules::Alert& alert,
                                                const std::string& receiver, TimestampMs now);

} // namespace opsmon::notify
