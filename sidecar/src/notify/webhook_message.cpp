#include "notify/webhook_message.hpp"

#include "base/rfc3339.hpp"
#include "notify/fingerprint.hpp"
#include "notify/message_data.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace opsmon::notify {
namespace {

nlohmann::json object_of(const auto& texts) {
    auto out = nlohmann::json::object();
    for (const auto& [name, value] : texts) {
        out[name] = value;
    }
    return out;
}

nlohmann::json alert_json(const rules::Alert& alert) {
    return {{"status", alert.firing() ? "firing" : "resolved"},
            {"labels", object_of(alert.labels.pairs())},
            {"annotations", object_of(alert.annotations)},
            {"startsAt", rfc3339(alert.fired_at)},
            {"endsAt", rfc3339(alert.resolved_at)},
            {"generatorURL", alert.generator_url},
            {"fingerprint", to_hex(fingerprint(alert.labels))}};
}

} // namespace

std::string rfc3339(TimestampMs at) {
    if (at == 0) {
        return "0001-01-01T00:00:00Z";
    }
    return format_rfc3339(at);
}

std::string alertmanager_message(const Message& message, TimestampMs now) {
    constexpr TimestampMs kValid_ms = 4 * 60 * 1000;
    auto out = nlohmann::json::array();
    for (const auto& alert : message.alerts()) {
        out.push_back({{"labels", object_of(alert->labels.pairs())},
                       {"annotations", object_of(alert->annotations)},
                       {"startsAt", rfc3339(alert->fired_at)},
                       {"endsAt", rfc3339(alert->firing() ? now + kValid_ms : alert->resolved_at)},
                       {"generatorURL", alert->generator_url}});
    }
    return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string webhook_message(const Message& message, std::size_t max_alerts) {
    // What is left out counts for nothing, as with Alertmanager.
    auto told = message.alerts();
    const auto all = told.size();
    if (max_alerts != 0 && all > max_alerts) {
        told.resize(max_alerts);
    }
    const bool firing = std::any_of(told.begin(), told.end(),
                                    [](const AlertPointer& alert) { return alert->firing(); });
    auto alerts = nlohmann::json::array();
    for (const auto& alert : told) {
        alerts.push_back(alert_json(*alert));
    }
    nlohmann::json out = {{"version", "4"},
                          {"groupKey", message.group_key},
                          {"truncatedAlerts", all - told.size()},
                          {"status", firing ? "firing" : "resolved"},
                          {"receiver", message.receiver},
                          {"groupLabels", object_of(message.group_labels.pairs())},
                          {"commonLabels", object_of(common_labels(told).pairs())},
                          {"commonAnnotations", object_of(common_annotations(told))},
                          {"externalURL", message.external_url},
                          {"alerts", std::move(alerts)}};
    if (!message.note.empty()) {
        out["note"] = message.note; // Alertmanager has no such thing to say
    }
    return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace opsmon::notify
