#include "settings.hpp"

#include <utility>

#include "config/faults.hpp"
#include "config/load.hpp"

namespace opsmon {
namespace {

void add_fault(std::string& faults, const Error& error) {
    faults += faults.empty() ? "" : "\n";
    faults += error.message;
}

void add_fallback(notify::Settings& settings, const config::Alerting& alerting,
                  const std::string& config_file, std::string& faults) {
    const auto& name = alerting.fallback_receiver;
    if (name.empty()) {
        return;
    }
    if (!settings.has_receiver(name)) {
        config::Faults one(config_file);
        one.add(alerting.fallback_receiver_line, "alerting.fallback_receiver",
                "no receiver of " + alerting.notification_file + " is called \"" +
                    config::shown(name) + "\"");
        add_fault(faults, one.to_error());
        return;
    }
    settings.fallback = {name, alerting.fallback_after.count()};
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
            add_fallback(*notification, config->alerting, config_file, faults);
            out.notification = std::move(*notification);
        } else {
            add_fault(faults, notification.error());
        }
    }
    if (!config->dashboard_file.empty()) {
        auto dashboard = web::load_dashboard(config->dashboard_file);
        if (dashboard) {
            out.dashboard = std::make_shared<const web::DashboardFile>(std::move(*dashboard));
        } else {
            add_fault(faults, dashboard.error());
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
