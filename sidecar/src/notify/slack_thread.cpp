#include "notify/slack_thread.hpp"

#include "notify/slack_message.hpp"
#include "rules/template_humanize.hpp"

#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

namespace opsmon::notify {
namespace {

constexpr std::size_t kMaxNamed = 5; // of each kind; the message itself has more
constexpr std::size_t kMaxNameBytes = 300;
constexpr std::size_t kMaxNoteBytes = 1000;

std::string duration_of(TimestampMs ms) {
    return rules::humanize_duration(static_cast<double>(std::max<TimestampMs>(ms, 0) / 1000));
}

std::string upper(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return out;
}

// How bad, and what.
std::string name_of(const rules::Alert& alert) {
    std::string out(alert.labels.get("alertname"));
    if (const auto summary = alert.annotations.find("summary");
        summary != alert.annotations.end() && !summary->second.empty()) {
        out += ": " + summary->second;
    } else {
        for (const auto& [name, value] : alert.labels.pairs()) {
            if (name != "alertname" && name != "severity") {
                out.append(" ").append(name).append("=").append(value);
            }
        }
    }
    if (const auto severity = alert.labels.get("severity"); alert.firing() && !severity.empty()) {
        out = upper(severity) + " " + out;
    }
    return cut(escape_slack(out), kMaxNameBytes);
}

template <typename Line>
void add_lines(std::string& out, const std::vector<AlertPointer>& alerts, const Line& line) {
    for (std::size_t i = 0; i < std::min(alerts.size(), kMaxNamed); ++i) {
        out += line(*alerts[i]) + "\n";
    }
    if (alerts.size() > kMaxNamed) {
        out += "… and " + std::to_string(alerts.size() - kMaxNamed) + " more\n";
    }
}

TimestampMs oldest(const std::vector<AlertPointer>& alerts) {
    return (*std::min_element(alerts.begin(), alerts.end(),
                              [](const AlertPointer& a, const AlertPointer& b) {
                                  return a->active_at < b->active_at;
                              }))
        ->active_at;
}

std::string count_of(std::size_t alerts) {
    return std::to_string(alerts) + (alerts == 1 ? " alert" : " alerts");
}

std::string text_of(const Message& message, bool may_mention, TimestampMs now) {
    const bool critical =
        std::any_of(message.news.begin(), message.news.end(), [](const AlertPointer& alert) {
            return alert->labels.get("severity") == "critical";
        });
    std::string out = may_mention && critical ? "<!here> " : "";
    if (!message.note.empty()) {
        out += cut(escape_slack(message.note), kMaxNoteBytes) + "\n";
    }
    add_lines(out, message.news,
              [](const rules::Alert& alert) { return "*New:* " + name_of(alert); });
    add_lines(out, message.resolved, [](const rules::Alert& alert) {
        return "*Resolved:* " + name_of(alert) + ", over after " +
               duration_of(alert.resolved_at - alert.active_at);
    });
    if (message.firing.empty()) {
        return out + "Nothing of it fires any more.";
    }
    if (message.news.empty() && message.resolved.empty()) {
        return out + "Still firing: " + count_of(message.firing.size()) + ", for " +
               duration_of(now - oldest(message.firing)) + " now.";
    }
    return out + "Firing now: " + count_of(message.firing.size()) + ".";
}

} // namespace

std::string slack_reply(const Message& message, const SlackConfig& config, TimestampMs now,
                        const SlackPost& post) {
    const nlohmann::json out = {{"channel", post.channel},
                                {"thread_ts", post.ts},
                                {"text", text_of(message, config.mentions_here, now)}};
    return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace opsmon::notify
