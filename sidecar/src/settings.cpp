#include "settings.hpp"

#include <utility>

#include "config/load.hpp"

namespace opsmon {
namespace {

void add_fault(std::string& faults, const Error& error) {
    faults += faults.empty() ? "" : "\n";
    faults += error.message;
}

} // namespace

Result<Settings> load_settings(const std::string& config_file) {
    auto config = config::load_config(config_file);
    if (!config) {
        return config.error(); // which other files there are is not known then
    }
    Settings out;
    std::string faults;
    auto groups = rules::load_rule_files(config->alerting.rule_files);
    if (groups) {
        out.groups = std::move(*groups);
    } else {
        add_fault(faults, groups.error());
    }
    if (!config->alerting.notification_file.empty()) {
        auto notification = notify::load_settings(config->alerting.notification_file);
        if (notification) {
            out.notification = std::move(*notification);
        } else {
            add_fault(faults, notification.error());
        }
    }
    if (!config->alerting.alertmanagers.empty()) {
        out.notification = notify::alertmanager_settings(config->alerting.alertmanagers);
    }
    if (!faults.empty()) {
        return Error{faults};
    }
    out.config = std::move(*config);
    return out;
}

} // namespace opsmon
