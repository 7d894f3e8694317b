#include "notify/slack_message.hpp"

#include "notify/message_data.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace opsmon::notify {
namespace {

// Beyond these Slack cuts or refuses the message.
constexpr std::size_t kMaxTitleBytes = 1024;
constexpr std::size_t kMaxTextBytes = 8000;
constexpr std::size_t kMaxFields = 10;
constexpr std::size_t kMaxFieldBytes = 500;
constexpr std::size_t kShortFieldBytes = 40;

class Writer {
public:
    Writer(const Message& message, const SlackConfig& config, TimestampMs now)
        : message_(message), config_(config) {
        context_.data = message_data(message, now, escape_slack);
        context_.cut_output = true;
    }

    [[nodiscard]] std::string text(const rules::Template& text, std::size_t max_bytes) const {
        return cut(text.expand(context_), max_bytes);
    }

    // "" where it is not given.
    [[nodiscard]] std::string text(const char* key, std::size_t max_bytes = kMaxTitleBytes) const {
        const auto found = config_.texts.find(key);
        return found == config_.texts.end() ? "" : text(found->second, max_bytes);
    }

    void set(nlohmann::json& into, const char* key) const {
        if (auto value = text(key); !value.empty()) {
            into[key] = std::move(value);
        }
    }

    [[nodiscard]] nlohmann::json fields() const {
        auto out = nlohmann::json::array();
        if (config_.fields) {
            for (const auto& [title, value, is_short] : *config_.fields) {
                out.push_back({{"title", text(title, kMaxFieldBytes)},
                               {"value", text(value, kMaxFieldBytes)},
                               {"short", is_short.value_or(config_.short_fields)}});
            }
            return out;
        }
        // The labels, so that what a hand-written text leaves out can still be read.
        const auto labels = common_labels(message_.alerts());
        for (const auto& [name, value] : labels.pairs()) {
            if (name == "alertname" || out.size() == kMaxFields) {
                continue; // the title has it
            }
            out.push_back({{"title", cut(escape_slack(name), kMaxFieldBytes)},
                           {"value", cut(escape_slack(value), kMaxFieldBytes)},
                           {"short", value.size() <= kShortFieldBytes}});
        }
        return out;
    }

    [[nodiscard]] nlohmann::json actions() const {
        auto out = nlohmann::json::array();
        for (const auto& action : config_.actions) {
            auto one = all_of(action.texts);
            if (!action.confirm.empty()) {
                one["confirm"] = all_of(action.confirm);
            }
            out.push_back(std::move(one));
        }
        return out;
    }

private:
    [[nodiscard]] nlohmann::json
    all_of(const std::vector<std::pair<std::string, rules::Template>>& texts) const {
        auto out = nlohmann::json::object();
        for (const auto& [key, value] : texts) {
            out[key] = text(value, kMaxTitleBytes);
        }
        return out;
    }

    const Message& message_;
    const SlackConfig& config_;
    rules::TemplateContext context_;
};

// Since when the oldest of them fires, or when the last of them ended.
TimestampMs moment_of(const Message& message) {
    TimestampMs out = 0;
    for (const auto& alert : message.firing) {
        out = out == 0 ? alert->active_at : std::min(out, alert->active_at);
    }
    for (const auto& alert :
         message.firing.empty() ? message.resolved : std::vector<AlertPointer>()) {
        out = std::max(out, alert->resolved_at);
    }
    return out;
}

nlohmann::json message_json(const Message& message, const SlackConfig& config, TimestampMs now) {
    const Writer writer(message, config, now);
    const auto title = writer.text("title");
    auto fallback = writer.text("fallback");
    nlohmann::json attachment = {
        {"title", title},
        {"text", writer.text("text", kMaxTextBytes)},
        {"fallback", fallback.empty() ? title : std::move(fallback)},
        {"color", writer.text("color")},
        {"fields", writer.fields()},
        {"ts", moment_of(message) / 1000},
        {"mrkdwn_in", {"fallback", "pretext", "text"}},
    };
    for (const auto* key :
         {"title_link", "pretext", "footer", "callback_id", "image_url", "thumb_url"}) {
        writer.set(attachment, key);
    }
    if (!message.note.empty()) {
        attachment["pretext"] = escape_slack(message.note) + "\n" + writer.text("pretext");
    }
    if (!config.mrkdwn_in.empty()) {
        attachment["mrkdwn_in"] = config.mrkdwn_in;
    }
    if (!config.actions.empty()) {
        attachment["actions"] = writer.actions();
    }
    nlohmann::json out = {{"attachments", nlohmann::json::array({std::move(attachment)})}};
    for (const auto* key : {"channel", "username", "icon_emoji", "icon_url"}) {
        writer.set(out, key);
    }
    if (config.link_names) {
        out["link_names"] = true;
    }
    return out;
}

std::string dump(const nlohmann::json& json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace

std::string cut(std::string text, std::size_t max_bytes) {
    if (text.size() <= max_bytes) {
        return text;
    }
    constexpr std::string_view kMark = "…";
    auto end = max_bytes - kMark.size();
    while (end > 0 && (text[end] & 0xC0) == 0x80) {
        --end;
    }
    const auto escape = text.rfind('&', end);
    if (escape != std::string::npos && end - escape < 5 &&
        text.substr(escape, end - escape).find(';') == std::string::npos) {
        end = escape;
    }
    return text.substr(0, end).append(kMark);
}

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

std::string slack_message(const Message& message, const SlackConfig& config, TimestampMs now) {
    return dump(message_json(message, config, now));
}

std::string slack_update(Message message, const SlackConfig& config, TimestampMs now,
                         const SlackPost& post) {
    message.news.clear();
    auto out = message_json(message, config, now);
    for (const auto* key : {"username", "icon_emoji", "icon_url"}) {
        out.erase(key); // an edit cannot change who speaks
    }
    out["channel"] = post.channel;
    out["ts"] = post.ts;
    return dump(out);
}

} // namespace opsmon::notify
