#include "web/alertmanager_json.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>
#include <re2/re2.h>

#include "base/rfc3339.hpp"

namespace opsmon::web {
namespace {

using nlohmann::json;
using notify::Silence;
using promql::Matcher;
using promql::MatchKind;

// An alert of ours has no end before it ends; clients expect one. Alertmanager's default.
constexpr TimestampMs kFiringEnds_ms = 5 * 60 * 1000;
constexpr std::size_t kMaxPatternBytes = 1024;

std::string to_text(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

const char* to_text(Silence::State state) {
    switch (state) {
    case Silence::State::Expired:
        return "expired";
    case Silence::State::Active:
        return "active";
    case Silence::State::Pending:
        return "pending";
    }
    return "";
}

json labels_of(const metrics::Labels& labels) {
    json out = json::object();
    for (const auto& [name, value] : labels.pairs()) {
        out[name] = value;
    }
    return out;
}

json matchers_of(const notify::Matchers& matchers) {
    json out = json::array();
    for (const Matcher& matcher : matchers) {
        const MatchKind kind = matcher.kind();
        out.push_back({{"name", matcher.name()},
                       {"value", matcher.value()},
                       {"isRegex", kind == MatchKind::Regex || kind == MatchKind::NotRegex},
                       {"isEqual", kind == MatchKind::Equal || kind == MatchKind::Regex}});
    }
    return out;
}

json json_of(const Silence& silence, TimestampMs now) {
    return {{"id", silence.id},
            {"status", {{"state", to_text(silence.state(now))}}},
            {"matchers", matchers_of(silence.matchers)},
            {"startsAt", format_rfc3339(silence.starts_at)},
            {"endsAt", format_rfc3339(silence.ends_at)},
            {"updatedAt", format_rfc3339(silence.updated_at)},
            {"createdBy", silence.created_by},
            {"comment", silence.comment}};
}

json json_of(const notify::ShownAlert& shown, TimestampMs now) {
    const rules::Alert& alert = *shown.alert;
    json annotations = json::object();
    for (const auto& [name, value] : alert.annotations) {
        annotations[name] = value;
    }
    json receivers = json::array();
    for (const std::string& name : shown.receivers) {
        receivers.push_back({{"name", name}});
    }
    const bool muted = !shown.mute.silenced_by.empty() || !shown.mute.inhibited_by.empty();
    return {{"annotations", std::move(annotations)},
            {"endsAt", format_rfc3339(now + kFiringEnds_ms)},
            {"fingerprint", notify::to_hex(notify::fingerprint(alert.labels))},
            {"generatorURL", alert.generator_url},
            {"labels", labels_of(alert.labels)},
            {"receivers", std::move(receivers)},
            {"startsAt", format_rfc3339(alert.fired_at)},
            {"status",
             {{"inhibitedBy", shown.mute.inhibited_by},
              {"silencedBy", shown.mute.silenced_by},
              {"state", muted ? "suppressed" : "active"}}},
            {"updatedAt", format_rfc3339(now)}};
}

bool is_wanted(const notify::ShownAlert& shown, const AlertSelection& selection,
               const std::optional<re2::RE2>& receiver) {
    if (!shown.alert->firing() || !notify::matches(selection.matchers, shown.alert->labels)) {
        return false;
    }
    const bool silenced = !shown.mute.silenced_by.empty();
    const bool inhibited = !shown.mute.inhibited_by.empty();
    if ((!selection.silenced && silenced) || (!selection.inhibited && inhibited) ||
        (!selection.active && !silenced && !inhibited)) {
        return false;
    }
    return !receiver || std::any_of(shown.receivers.begin(), shown.receivers.end(),
                                    [&](const std::string& name) {
                                        return re2::RE2::FullMatch(name, *receiver);
                                    });
}

// As Alertmanager: the pattern of each of its matchers stands for the value of that label.
metrics::Labels patterns_of(const Silence& silence) {
    metrics::Labels out;
    for (const Matcher& matcher : silence.matchers) {
        out.set(matcher.name(), matcher.value());
    }
    return out;
}

// Active, pending, expired; what ends or begins soonest first, what has ended last first.
auto rank(const Silence& silence, TimestampMs now) {
    switch (silence.state(now)) {
    case Silence::State::Active:
        return std::pair(0, silence.ends_at);
    case Silence::State::Pending:
        return std::pair(1, silence.starts_at);
    case Silence::State::Expired:
        break;
    }
    return std::pair(2, -silence.ends_at);
}

// Reads the members of an object and remembers the first that is not as it has to be.
class Members {
public:
    explicit Members(const json& object) : object_(object) {}

    std::string text(const char* name, bool needed) {
        const auto found = object_.find(name);
        if (found == object_.end() || found->is_null()) {
            fail_if(needed, name, "is missing");
            return {};
        }
        if (!found->is_string()) {
            fail_if(true, name, "is not a text");
            return {};
        }
        return found->get<std::string>();
    }

    bool boolean(const char* name, bool otherwise) {
        const auto found = object_.find(name);
        if (found == object_.end() || found->is_null()) {
            return otherwise;
        }
        fail_if(!found->is_boolean(), name, "is neither true nor false");
        return found->is_boolean() ? found->get<bool>() : otherwise;
    }

    TimestampMs moment(const char* name) {
        const std::string given = text(name, true);
        const auto at = parse_rfc3339(given);
        fail_if(!at, name, "is not a moment such as 2026-11-24T22:30:00Z");
        return at.value_or(0);
    }

    [[nodiscard]] const std::string& fault() const { return fault_; }

private:
    void fail_if(bool wrong, const char* name, const char* what) {
        if (wrong && fault_.empty()) {
            fault_ = std::string(name) + " " + what;
        }
    }

    const json& object_;
    std::string fault_;
};

Result<Matcher> read_matcher(const json& given) {
    if (!given.is_object()) {
        return Error{"a matcher is an object with name, value, isRegex and isEqual"};
    }
    Members members(given);
    std::string name = members.text("name", true);
    std::string value = members.text("value", true);
    const bool regex = members.boolean("isRegex", false);
    const bool equal = members.boolean("isEqual", true);
    if (!members.fault().empty()) {
        return Error{"a matcher: " + members.fault()};
    }
    const MatchKind kind = regex ? (equal ? MatchKind::Regex : MatchKind::NotRegex)
                                 : (equal ? MatchKind::Equal : MatchKind::NotEqual);
    return Matcher::make(std::move(name), kind, std::move(value));
}

} // namespace

Result<std::string> write_alerts(const std::vector<notify::ShownAlert>& alerts,
                                 const AlertSelection& selection, TimestampMs now) {
    std::optional<re2::RE2> receiver;
    if (!selection.receiver.empty()) {
        receiver.emplace(selection.receiver, re2::RE2::Quiet);
        if (!receiver->ok() || selection.receiver.size() > kMaxPatternBytes) {
            return Error{"receiver is not a pattern that can be used: " + receiver->error()};
        }
    }
    std::vector<std::pair<std::string, json>> found;
    for (const notify::ShownAlert& shown : alerts) {
        if (is_wanted(shown, selection, receiver)) {
            json one = json_of(shown, now);
            std::string fingerprint = one["fingerprint"];
            found.emplace_back(std::move(fingerprint), std::move(one));
        }
    }
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    json out = json::array();
    for (auto& [fingerprint, one] : found) {
        out.push_back(std::move(one));
    }
    return to_text(out);
}

std::string write_silence(const Silence& silence, TimestampMs now) {
    return to_text(json_of(silence, now));
}

std::string write_silences(std::vector<Silence> silences, const notify::Matchers& matchers,
                           TimestampMs now) {
    std::erase_if(silences, [&](const Silence& silence) {
        return !notify::matches(matchers, patterns_of(silence));
    });
    std::sort(silences.begin(), silences.end(), [now](const Silence& a, const Silence& b) {
        return std::tuple(rank(a, now), a.id) < std::tuple(rank(b, now), b.id);
    });
    json out = json::array();
    for (const Silence& silence : silences) {
        out.push_back(json_of(silence, now));
    }
    return to_text(out);
}

std::string write_receivers(const std::vector<notify::ShownReceiver>& receivers) {
    json out = json::array();
    for (const auto& receiver : receivers) {
        json integrations = json::array();
        for (const auto& [name, send_resolved, last_at, last_error] : receiver.integrations) {
            json one{{"name", name}, {"sendResolved", send_resolved}};
            if (last_at != 0) {
                one["lastNotifyAttempt"] = format_rfc3339(last_at);
                one["lastNotifyAttemptError"] = last_error;
            }
            integrations.push_back(std::move(one));
        }
        out.push_back({{"name", receiver.name}, {"integrations", std::move(integrations)}});
    }
    return to_text(out);
}

Result<Silence> parse_silence(std::string_view body) {
    const json given = json::parse(body, nullptr, false);
    if (!given.is_object()) {
        return Error{"the body is not a JSON object with matchers, startsAt, endsAt, createdBy "
                     "and comment"};
    }
    Members members(given);
    Silence out;
    out.id = members.text("id", false);
    out.starts_at = members.moment("startsAt");
    out.ends_at = members.moment("endsAt");
    out.created_by = members.text("createdBy", true);
    out.comment = members.text("comment", true);
    if (!members.fault().empty()) {
        return Error{members.fault()};
    }
    const auto matchers = given.find("matchers");
    if (matchers == given.end() || !matchers->is_array()) {
        return Error{"matchers is not a list"};
    }
    if (matchers->size() > notify::kMaxSilenceMatchers) {
        return Error{"a silence has at most " + std::to_string(notify::kMaxSilenceMatchers) +
                     " matchers"};
    }
    for (const json& one : *matchers) {
        auto matcher = read_matcher(one);
        if (!matcher) {
            return matcher.error();
        }
        out.matchers.push_back(std::move(*matcher));
    }
    return out;
}

} // namespace opsmon::web
