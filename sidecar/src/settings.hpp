#pragma once
// This component provides `Settings`: everything the sidecar reads from files (its configuration,
// the alert rules, the notification settings, a dashboard of one's own), loaded and checked
// together. Start, reload and check-config all go through it, so that they cannot disagree. It
// changes nothing.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/config.hpp"
#include "notify/settings.hpp"
#include "rules/rule_file.hpp"
#include "web/dashboard_file.hpp"

namespace opsmon {

struct Settings {
    config::Config config;
    std::vector<rules::Group> groups;
    std::optional<notify::Settings> notification;
    std::shared_ptr<const web::DashboardFile> dashboard; // null: the one the page comes with
};

// Every fault of every file at once.
Result<Settings> load_settings(const std::string& config_file);

} // namespace opsmon
