#include "notify/slack_message.hpp"

#include "notify/message_data.hpp"

#include <nlohmann/json.hpp>

namespace opsmon::notify {
namespace {

// Beyond these Slack cuts or refuses the message.
constexpr std::size_t kMaxTitleBytes = 1024;
constexpr std::size_t kMaxTextBytes = 8000;
constexpr std::size_t kMaxFields = 10;
constexpr std::size_t kMaxFieldBytes = 500;
constexpr std::size_t kShortFieldBytes = 40;

std::string cut(std::string text, std::size_t max_bytes) {
    if (text.size() <= max_bytes) {
        return text;
    }
    constexpr std::string_view kMark = "…";
    auto end = max_bytes - kMark.size();
    while (end > 0 && (text[end] & 0xC0) == 0x80) {
        --end; // at the border of a character
    }
    return text.substr(0, end).append(kMark);
}

// Cut first and escaped then: an escape is never cut in two.
std::string safe(std::string text, std::size_t max_bytes) {
    return escape_slack(cut(std::move(text), max_bytes));
}

// The labels, so that what a hand-written text leaves out can still be read.
nlohmann::json fields_of(const rules::Alert& alert) {
    auto fields = nlohmann::json::array();
    for (const auto& [name, value] : alert.labels.pairs()) {
        if (name == "alertname" || fields.size() == kMaxFields) {
            continue; // the title has it
        }
        fields.push_back({{"title", safe(name, kMaxFieldBytes)},
                          {"value", safe(value, kMaxFieldBytes)},
                          {"short", value.size() <= kShortFieldBytes}});
    }
    return fields;
}

} // namespace

std::string escape_slack(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string slack_message(const rules::Alert& alert, const std::string& receiver,
                          const SlackConfig& config, TimestampMs now) {
    rules::TemplateContext context;
    context.data = message_data(alert, receiver, now);
    const auto title = safe(config.title.expand(context), kMaxTitleBytes);
    const auto text = safe(config.text.expand(context), kMaxTextBytes);
    nlohmann::json attachment = {
        {"title", title},
        {"text", text},
        {"fallback", title},
        {"color", config.color.expand(context)},
        {"fields", fields_of(alert)},
        {"ts", (alert.firing() ? alert.active_at : alert.resolved_at) / 1000},
        {"mrkdwn_in", {"text"}},
    };
    nlohmann::json message = {{"attachments", nlohmann::json::array({std::move(attachment)})}};
    const auto set = [&](const char* key, const std::string& value) {
        if (!value.empty()) {
            message[key] = value;
        }
    };
    set("channel", config.channel);
    set("username", config.username);
    set("icon_emoji", config.icon_emoji);
    return message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace opsmon::notify
