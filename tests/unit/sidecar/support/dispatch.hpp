#pragma once
// This component is what tests of the dispatcher share: settings with two receivers, alerts, and
// steps that send what is due.

#include "notify/dispatcher.hpp"
#include "support/slack_config.hpp"

#include <optional>
#include <string>
#include <vector>

namespace opsmon::test {

using notify::Dispatcher;
using notify::Job;
using notify::Moment;
using notify::Verdict;

inline constexpr TimestampMs kStart = 1'000'000;
inline constexpr TimestampMs kHour = 3'600'000;

// 2026-11-24 12:00 UTC, a Tuesday.
inline constexpr TimestampMs kNoon = 1'795'521'600'000;

inline Moment at(TimestampMs run) {
    return {run, kNoon + run - kStart};
}

inline notify::Matchers matchers(const std::string& text) {
    return *notify::parse_matchers(text);
}

inline notify::Settings settings() {
    notify::Settings out;
    out.receivers = {{"team", {slack_config("http://127.0.0.1:1/team")}},
                     {"other", {slack_config("http://127.0.0.1:1/other")}}};
    auto& options = out.route.options;
    options.receiver = "team";
    options.group_by = {"alertname"};
    options.group_wait_ms = 10'000;
    options.group_interval_ms = 60'000;
    options.repeat_interval_ms = kHour;
    return out;
}

// Fired just now, so that group_wait counts.
inline rules::Alert alert(const std::string& series, TimestampMs run = kStart) {
    return firing(series, at(run).wall);
}

inline std::vector<std::string> names(const std::vector<notify::AlertPointer>& alerts) {
    std::vector<std::string> out;
    for (const auto& one : alerts) {
        out.emplace_back(one->labels.get("n"));
    }
    return out;
}

using Names = std::vector<std::string>;

// The job of that moment, done with that answer.
inline std::optional<Job> told(Dispatcher& dispatcher, TimestampMs run,
                               Verdict::Kind kind = Verdict::Kind::Delivered) {
    auto job = dispatcher.next(at(run));
    if (job) {
        dispatcher.completed(*job, {kind, kind == Verdict::Kind::Delivered ? "" : "why", {}},
                             at(run));
    }
    return job;
}

inline std::vector<store::Entry> entries(const std::vector<store::Change>& changes,
                                         const std::string& kind) {
    std::vector<store::Entry> out;
    for (const auto& [key, value] : changes) {
        if (key.first == kind && value) {
            out.push_back({key.second, *value});
        }
    }
    return out;
}

inline const std::string kA1 = "{alertname=\"A\",n=\"1\",severity=\"critical\"}";
inline const std::string kA2 = "{alertname=\"A\",n=\"2\",severity=\"critical\"}";
inline const std::string kB1 = "{alertname=\"B\",n=\"1\",severity=\"warning\"}";

} // namespace opsmon::test
