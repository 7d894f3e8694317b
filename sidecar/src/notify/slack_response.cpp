#include "notify/slack_response.hpp"

#include "base/text.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace opsmon::notify {
namespace {

constexpr std::size_t kMaxShownBytes = 100;

// A webhook answers "ok"; servers that speak Slack's API answer {"ok":true} or {"ok":false}.
// Nothing: it is not Slack who answers, but a proxy or the sign-in page of a network.
std::optional<bool> word_of_slack(std::string_view body) {
    if (trim(body) == "ok") {
        return true;
    }
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object() || !json.contains("ok") || !json["ok"].is_boolean()) {
        return std::nullopt;
    }
    return json["ok"].get<bool>();
}

// Slack names its errors in words like invalid_payload. Anything that could be more than that, such
// as a page that repeats the address it was asked for, is not shown.
std::string shown(std::string_view body) {
    const auto word = trim(body);
    const bool harmless =
        !word.empty() && word.size() <= kMaxShownBytes &&
        std::all_of(word.begin(), word.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ' ';
        });
    return harmless ? ": " + std::string(word) : std::string();
}

// Of a status that is no success.
Verdict judge(int status, const std::string& what, const std::string& retry_after) {
    using Kind = Verdict::Kind;
    if (status == 429) {
        const auto seconds = parse_count(trim(retry_after));
        return {Kind::Retry, what,
                seconds
                    ? std::optional(static_cast<TimestampMs>(std::min(*seconds, 86400ULL)) * 1000)
                    : std::nullopt};
    }
    // No webhook redirects: that too is somebody between here and there.
    const bool redirects = status >= 300 && status < 400;
    return {status >= 500 || status == 408 || redirects ? Kind::Retry : Kind::Refused, what,
            std::nullopt};
}

} // namespace

Verdict classify(const HttpAnswer& answer) {
    using Kind = Verdict::Kind;
    if (answer.status == 0) {
        return {Kind::Retry, answer.error.empty() ? "no answer" : answer.error, std::nullopt};
    }
    const auto what = "HTTP " + std::to_string(answer.status) + shown(answer.body);
    if (answer.status == 200) {
        const auto word = word_of_slack(answer.body);
        if (word == true) {
            return {};
        }
        return {word ? Kind::Refused : Kind::Retry, "the answer is not \"ok\": " + what,
                std::nullopt};
    }
    return judge(answer.status, what, answer.retry_after);
}

Verdict classify_plain(const HttpAnswer& answer) {
    using Kind = Verdict::Kind;
    if (answer.status == 0) {
        return {Kind::Retry, answer.error.empty() ? "no answer" : answer.error, std::nullopt};
    }
    if (answer.status >= 200 && answer.status < 300) {
        return {};
    }
    return judge(answer.status, "HTTP " + std::to_string(answer.status), answer.retry_after);
}

} // namespace opsmon::notify
