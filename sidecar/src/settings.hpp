#pragma once
// This component provides `Settings`: everything the sidecar reads from files (its configuration,
// the alert rules, the notification settings), loaded and checked together. Start, reload and
// check-config all go through it, so that they cannot disagree. It changes nothing.

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/config.hpp"
#include "notify/settings.hpp"
#include "rules/rule_file.hpp"

namespace opsmon {

struct Settings {
    config::Config config;
    std::vector<rules::Group> groups;
    std::optional<notify::Settings> notification;
};

// Every fault of every file at once.
Result<Settings> load_settings(const std::string& config_file);

} // namespace opsmon
