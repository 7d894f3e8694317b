#include "rules/saved_alerts.hpp"

#include <nlohmann/json.hpp>

namespace opsmon::rules {
namespace {

using nlohmann::json;

constexpr int kFormat = 1;

std::string dump(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json to_json(const metrics::Labels& labels, const ActiveAlert& alert, bool with_texts) {
    json out = {{"labels", json::object()},
                {"firing", alert.life.state == AlertState::Firing},
                {"value", alert.value}, // NaN and infinities become null
                {"active_at", alert.life.active_at},
                {"fired_at", alert.life.fired_at}};
    for (const auto& [name, value] : labels.pairs()) {
        out["labels"][name] = value;
    }
    if (alert.life.gone_since) {
        out["gone_since"] = *alert.life.gone_since;
    }
    if (with_texts) {
        out["annotations"] = alert.annotations;
    }
    return out;
}

std::map<std::string, std::string> texts_of(const json& object) {
    std::map<std::string, std::string> out;
    for (const auto& [name, value] : object.items()) {
        if (value.is_string()) {
            out.emplace(name, value.get<std::string>());
        }
    }
    return out;
}

TimestampMs time_of(const json& alert, const char* key) {
    const auto found = alert.find(key);
    return found != alert.end() && found->is_number_integer() ? found->get<TimestampMs>() : 0;
}

// False for what is no alert.
bool read_alert(const json& item, AlertMap& out) {
    if (!item.is_object() || !item.contains("labels") || !item["labels"].is_object()) {
        return false;
    }
    metrics::Labels labels;
    for (const auto& [name, value] : texts_of(item["labels"])) {
        labels.set(name, value);
    }
    ActiveAlert alert;
    const auto firing = item.find("firing");
    const bool fires = firing != item.end() && firing->is_boolean() && firing->get<bool>();
    alert.life.state = fires ? AlertState::Firing : AlertState::Pending;
    alert.life.active_at = time_of(item, "active_at");
    alert.life.fired_at = time_of(item, "fired_at");
    if (const auto gone = time_of(item, "gone_since"); gone != 0) {
        alert.life.gone_since = gone;
    }
    if (const auto value = item.find("value"); value != item.end() && value->is_number()) {
        alert.value = value->get<double>();
    }
    if (const auto texts = item.find("annotations"); texts != item.end() && texts->is_object()) {
        alert.annotations = texts_of(*texts);
    }
    out.insert_or_assign(std::move(labels), std::move(alert));
    return true;
}

} // namespace

std::string identity_of(const Group& group, const Rule& rule) {
    std::string out = group.file + "\n" + group.name + "\n" +
                      (rule.records() ? "record " : "alert ") + rule.name();
    for (const auto& [name, text] : rule.labels) {
        out += "\n" + name + "=" + text.text();
    }
    for (const auto& [name, value] : rule.record_labels) {
        out += "\n" + name + "=" + value;
    }
    return out;
}

std::vector<std::string> to_parts(const SavedRule& rule) {
    std::vector<std::string> out;
    const auto head = "{\"format\":" + std::to_string(kFormat) +
                      ",\"rule\":" + dump(rule.identity) + ",\"alerts\":[";
    const std::string_view tail = "]}";
    std::string part;
    for (const auto& [labels, alert] : rule.alerts) {
        auto text = dump(to_json(labels, alert, rule.alerts.size() <= kSavedWithTexts));
        if (head.size() + text.size() + tail.size() > kSavedPartBytes) {
            text = dump(to_json(labels, alert, false));
        }
        if (head.size() + text.size() + tail.size() > kSavedPartBytes) {
            continue;
        }
        if (!part.empty() && part.size() + 1 + text.size() + tail.size() > kSavedPartBytes) {
            out.push_back(std::exchange(part, {}).append(tail));
        }
        part += (part.empty() ? head : ",") + text;
    }
    if (!part.empty()) {
        out.push_back(part.append(tail));
    }
    return out;
}

Result<SavedRule> from_part(std::string_view text) {
    const auto whole = json::parse(text, nullptr, false);
    if (!whole.is_object() || time_of(whole, "format") != kFormat) {
        return Error{"the kept alerts of a rule cannot be read: another format"};
    }
    const auto rule = whole.find("rule");
    const auto alerts = whole.find("alerts");
    if (rule == whole.end() || !rule->is_string() || alerts == whole.end() || !alerts->is_array()) {
        return Error{"the kept alerts of a rule cannot be read: no rule is named"};
    }
    SavedRule out{rule->get<std::string>(), {}};
    for (const auto& item : *alerts) {
        if (!read_alert(item, out.alerts)) {
            return Error{"the kept alerts of a rule cannot be read: an alert without labels"};
        }
    }
    return out;
}

} // namespace opsmon::rules
