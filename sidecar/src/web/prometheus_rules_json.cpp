#include "web/prometheus_rules_json.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "base/rfc3339.hpp"
#include "metrics/catalog.hpp"

namespace opsmon::web {
namespace {

using nlohmann::json;
using rules::AlertState;

ApiAnswer success(const json& data) {
    return api_success(data.dump(-1, ' ', false, json::error_handler_t::replace));
}

// As Go's 'e' with as few digits as tell the number apart.
std::string scientific(double value) {
    if (std::isnan(value)) {
        return "NaN";
    }
    if (std::isinf(value)) {
        return value > 0 ? "+Inf" : "-Inf";
    }
    std::array<char, 32> text{};
    const auto [end, problem] =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific);
    return problem == std::errc() ? std::string(text.data(), end) : "";
}

const char* to_text(AlertState state) {
    return state == AlertState::Firing    ? "firing"
           : state == AlertState::Pending ? "pending"
                                          : "inactive";
}

// Go's zero moment for what never was.
std::string moment(TimestampMs at) {
    return at == 0 ? "0001-01-01T00:00:00Z" : format_rfc3339(at);
}

double in_seconds(TimestampMs duration_ms) {
    return static_cast<double>(duration_ms) / 1000;
}

json object_of(const std::vector<std::pair<std::string, std::string>>& pairs) {
    json out = json::object();
    for (const auto& [name, value] : pairs) {
        out[name] = value;
    }
    return out;
}

json alert_of(const rules::AlertView& alert) {
    json out = {{"labels", object_of(alert.labels.pairs())},
                {"annotations", json::object()},
                {"state", to_text(alert.state)},
                {"activeAt", moment(alert.active_at)},
                {"value", scientific(alert.value)}};
    for (const auto& [name, value] : alert.annotations) {
        out["annotations"][name] = value;
    }
    if (alert.keep_firing_since != 0) {
        out["keepFiringSince"] = moment(alert.keep_firing_since);
    }
    if (alert.no_data) {
        out["noData"] = true;
    }
    return out;
}

json rule_of(const rules::RuleView& rule) {
    const bool failed = !rule.health.last_error.empty();
    json out = {{"name", rule.name},
                {"query", rule.query},
                {"health", rule.health.evaluated_at == 0 ? "unknown"
                           : failed                      ? "err"
                                                         : "ok"},
                {"evaluationTime", rule.health.seconds},
                {"lastEvaluation", moment(rule.health.evaluated_at)},
                {"type", rule.records ? "recording" : "alerting"}};
    if (failed) {
        out["lastError"] = rule.health.last_error;
    }
    if (!rule.records || !rule.labels.empty()) {
        out["labels"] = object_of(rule.labels);
    }
    if (rule.records) {
        return out;
    }
    auto state = AlertState::Inactive;
    json alerts = json::array();
    for (const auto& alert : rule.alerts) {
        state = std::max(state, alert.state);
        alerts.push_back(alert_of(alert));
    }
    out["state"] = to_text(state);
    out["duration"] = in_seconds(rule.for_ms);
    out["keepFiringFor"] = in_seconds(rule.keep_firing_for_ms);
    out["annotations"] = object_of(rule.annotations);
    out["alerts"] = std::move(alerts);
    return out;
}

const char* to_text(metrics::Kind kind) {
    return kind == metrics::Kind::Counter ? "counter"
           : kind == metrics::Kind::Gauge ? "gauge"
                                          : "histogram";
}

} // namespace

ApiAnswer answer_rules(const Parameters& parameters, const std::vector<rules::GroupView>& groups) {
    std::string type = parameter(parameters, "type");
    std::transform(type.begin(), type.end(), type.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (!type.empty() && type != "alert" && type != "record") {
        return api_error("bad_data",
                         "invalid parameter \"type\": not supported value \"" + type + "\"");
    }
    json out = json::array();
    for (const auto& group : groups) {
        json rules = json::array();
        for (const auto& rule : group.rules) {
            if (type.empty() || rule.records == (type == "record")) {
                rules.push_back(rule_of(rule));
            }
        }
        out.push_back({{"name", group.name},
                       {"file", group.file},
                       {"rules", std::move(rules)},
                       {"interval", in_seconds(group.interval_ms)},
                       {"limit", group.limit},
                       {"evaluationTime", group.health.seconds},
                       {"lastEvaluation", moment(group.health.evaluated_at)}});
    }
    return success({{"groups", std::move(out)}});
}

ApiAnswer answer_alerts(const std::vector<rules::GroupView>& groups) {
    json out = json::array();
    for (const auto& group : groups) {
        for (const auto& rule : group.rules) {
            for (const auto& alert : rule.alerts) {
                out.push_back(alert_of(alert));
            }
        }
    }
    return success({{"alerts", std::move(out)}});
}

ApiAnswer answer_metadata(const Parameters& parameters) {
    std::size_t limit = metrics::kCatalog.size();
    if (const std::string text = parameter(parameters, "limit"); !text.empty()) {
        long given = 0;
        const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-'; // as Go reads it
        const auto [end, problem] =
            std::from_chars(text.data() + (plus ? 1 : 0), text.data() + text.size(), given);
        if (problem != std::errc() || end != text.data() + text.size()) {
            return api_error("bad_data", "limit must be a number");
        }
        limit = given < 0 ? limit : static_cast<std::size_t>(given);
    }
    const std::string wanted = parameter(parameters, "metric");
    json out = json::object();
    for (const auto& metric : metrics::kCatalog) {
        if (out.size() < limit && (wanted.empty() || metric.name == wanted)) {
            out[std::string(metric.name)] = json::array(
                {{{"type", to_text(metric.kind)}, {"help", metric.help}, {"unit", ""}}});
        }
    }
    return success(out);
}

// Clients look here for what they may ask: what Prometheus 2.42 answers.
ApiAnswer answer_build_info() {
    return success({{"version", "2.42.0"},
                    {"revision", "opsmon-sidecar " OPSMON_VERSION},
                    {"branch", ""},
                    {"buildUser", ""},
                    {"buildDate", ""},
                    {"goVersion", ""}});
}

} // namespace opsmon::web
