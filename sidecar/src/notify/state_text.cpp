#include "notify/state_text.hpp"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

namespace opsmon::notify {
namespace {

using Json = nlohmann::json;

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<std::string> text_of(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? std::optional(found->get<std::string>())
                                                     : std::nullopt;
}

TimestampMs time_of(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number_integer() ? found->get<TimestampMs>() : 0;
}

std::optional<std::map<std::string, std::string>> texts_of(const Json& json, const char* key) {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_object()) {
        return std::nullopt;
    }
    std::map<std::string, std::string> out;
    for (const auto& [name, value] : found->items()) {
        if (!value.is_string()) {
            return std::nullopt;
        }
        out.emplace(name, value.get<std::string>());
    }
    return out;
}

Json parse(std::string_view text) {
    auto json = Json::parse(text, nullptr, false);
    return json.is_object() ? json : Json::object();
}

std::string written(const Fingerprints& names) {
    std::string out;
    out.reserve(names.size() * 16);
    for (const auto name : names) {
        out += to_hex(name);
    }
    return out;
}

std::optional<Fingerprints> read_names(std::string_view text) {
    if (text.size() % 16 != 0) {
        return std::nullopt;
    }
    Fingerprints out;
    for (; !text.empty(); text.remove_prefix(16)) {
        const auto name = from_hex(text.substr(0, 16));
        if (!name) {
            return std::nullopt;
        }
        out.push_back(*name);
    }
    std::sort(out.begin(), out.end());
    return out;
}

} // namespace

std::string alert_text(const rules::Alert& alert) {
    auto labels = Json::object();
    for (const auto& [name, value] : alert.labels.pairs()) {
        labels[name] = value;
    }
    return dump({{"firing", alert.firing()},
                 {"labels", std::move(labels)},
                 {"annotations", alert.annotations},
                 {"generator_url", alert.generator_url},
                 {"value", std::isfinite(alert.value) ? Json(alert.value) : Json()},
                 {"active_at", alert.active_at},
                 {"fired_at", alert.fired_at},
                 {"resolved_at", alert.resolved_at}});
}

std::optional<rules::Alert> parse_alert_text(std::string_view text) {
    const auto json = parse(text);
    const auto labels = texts_of(json, "labels");
    const auto annotations = texts_of(json, "annotations");
    if (!labels || labels->empty() || !annotations) {
        return std::nullopt;
    }
    rules::Alert out;
    const auto firing = json.find("firing");
    out.state = firing != json.end() && firing->is_boolean() && firing->get<bool>()
                    ? rules::AlertState::Firing
                    : rules::AlertState::Inactive;
    for (const auto& [name, value] : *labels) {
        out.labels.set(name, value);
    }
    out.annotations = *annotations;
    out.generator_url = text_of(json, "generator_url").value_or("");
    const auto value = json.find("value");
    out.value = value != json.end() && value->is_number() ? value->get<double>() : std::nan("");
    out.active_at = time_of(json, "active_at");
    out.fired_at = time_of(json, "fired_at");
    out.resolved_at = time_of(json, "resolved_at");
    return out;
}

std::string told_text(const KeptTold& told) {
    Json out = {{"key", told.key}, {"at", told.at_wall}, {"firing", written(told.firing)}};
    if (!told.muted.empty()) {
        out["muted"] = written(told.muted);
    }
    if (told.post) {
        out["post"] = {{"channel", told.post->channel}, {"ts", told.post->ts}};
    }
    return dump(out);
}

std::optional<KeptTold> parse_told_text(std::string_view text) {
    const auto json = parse(text);
    const auto key = text_of(json, "key");
    const auto firing = text_of(json, "firing");
    auto names = firing ? read_names(*firing) : std::nullopt;
    auto muted = read_names(text_of(json, "muted").value_or(""));
    if (!key || !names || !muted) {
        return std::nullopt;
    }
    KeptTold out{*key, time_of(json, "at"), std::move(*names), std::move(*muted), {}};
    if (const auto post = texts_of(json, "post");
        post && post->contains("channel") && post->contains("ts")) {
        out.post = {post->at("channel"), post->at("ts")};
    }
    return out;
}

std::string silence_text(const Silence& silence) {
    return dump({{"id", silence.id},
                 {"matchers", to_string(silence.matchers)},
                 {"starts_at", silence.starts_at},
                 {"ends_at", silence.ends_at},
                 {"updated_at", silence.updated_at},
                 {"created_by", silence.created_by},
                 {"comment", silence.comment}});
}

std::optional<Silence> parse_silence_text(std::string_view text) {
    const auto json = parse(text);
    const auto id = text_of(json, "id");
    const auto matchers = text_of(json, "matchers");
    if (!id || id->empty() || !matchers) {
        return std::nullopt;
    }
    auto parsed = parse_matchers(*matchers);
    if (!parsed || parsed->empty()) {
        return std::nullopt;
    }
    return Silence{*id,
                   std::move(*parsed),
                   time_of(json, "starts_at"),
                   time_of(json, "ends_at"),
                   time_of(json, "updated_at"),
                   text_of(json, "created_by").value_or(""),
                   text_of(json, "comment").value_or("")};
}

} // namespace opsmon::notify
