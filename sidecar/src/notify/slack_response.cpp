#include "notify/slack_response.hpp"

#include "base/http_date.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

namespace opsmon::notify {
namespace {

constexpr std::size_t kMaxShownBytes = 100;
constexpr TimestampMs kLongestRest_ms = 24LL * 3600 * 1000;

nlohmann::json object_of(std::string_view body) {
    auto json = nlohmann::json::parse(body, nullptr, false);
    return json.is_object() ? json : nlohmann::json::object();
}

std::string text_at(const nlohmann::json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// A webhook answers "ok"; Slack's API, and servers that speak it, answer {"ok":true} or
// {"ok":false}. Nothing: it is not Slack who answers, but a proxy or the sign-in page of a network.
std::optional<bool> word_of_slack(std::string_view body) {
    if (trim(body) == "ok") {
        return true;
    }
    const auto json = object_of(body);
    const auto word = json.find("ok");
    return word != json.end() && word->is_boolean() ? std::optional(word->get<bool>())
                                                    : std::nullopt;
}

// Slack names its errors in words like invalid_payload. Anything that could be more than that, such
// as a page that repeats the address it was asked for, is not shown.
std::string harmless(std::string_view text) {
    const auto word = trim(text);
    const bool shown =
        word.size() <= kMaxShownBytes && std::all_of(word.begin(), word.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ' ';
        });
    return shown ? std::string(word) : std::string();
}

// What to do about it; "" where the word says enough.
std::string_view remedy(std::string_view error) {
    struct Row {
        std::string_view error;
        std::string_view remedy;
    };
    constexpr std::string_view kToken = "the token is not valid, or not any more: give the bot's "
                                        "own (xoxb-...) under http_config.authorization and reload";
    static constexpr auto kRows = std::to_array<Row>({
        {"channel_not_found", "check the name under channel; into a private channel the bot has "
                              "to be invited (/invite)"},
        {"not_in_channel", "invite the bot into the channel (/invite), or give its app the scope "
                           "chat:write.public"},
        {"is_archived", "the channel is archived: name another one under channel"},
        {"channel_is_archived", "the channel is archived: name another one under channel"},
        {"missing_scope", "give the bot's app the scope chat:write and install it anew"},
        {"restricted_action", "an administrator of the workspace has to let the bot post there"},
        {"invalid_auth", kToken},
        {"not_authed", kToken},
        {"account_inactive", kToken},
        {"token_revoked", kToken},
        {"token_expired", kToken},
        {"no_service", "the webhook is gone or disabled: make a new one and give its address"},
        {"invalid_token", "the webhook is gone or disabled: make a new one and give its address"},
    });
    const auto found = std::find_if(kRows.begin(), kRows.end(),
                                    [&](const Row& row) { return row.error == error; });
    return found == kRows.end() ? std::string_view() : found->remedy;
}

std::string with_remedy(const std::string& what, std::string_view error) {
    const auto advice = remedy(error);
    return advice.empty() ? what : what + "; " + std::string(advice);
}

// Slack's own troubles pass.
bool is_passing(std::string_view error) {
    constexpr auto kPassing = std::to_array<std::string_view>(
        {"ratelimited", "rate_limited", "fatal_error", "internal_error", "service_unavailable",
         "request_timeout", "team_added_to_org"});
    return std::find(kPassing.begin(), kPassing.end(), error) != kPassing.end();
}

// How long the receiver wants to rest: in seconds, or until a moment of its own clock, where it
// says what that shows.
std::optional<TimestampMs> asked_rest(const HttpAnswer& answer) {
    const std::string text(trim(answer.retry_after));
    if (const auto seconds = parse_count(text)) {
        return std::min(static_cast<TimestampMs>(std::min(*seconds, 1'000'000ULL)) * 1000,
                        kLongestRest_ms);
    }
    const auto until = parse_http_date(text);
    const auto now = parse_http_date(std::string(trim(answer.date))).value_or(answer.came_at);
    return until && *until > now ? std::optional(std::min(*until - now, kLongestRest_ms))
                                 : std::nullopt;
}

// Of a status that is no success.
Verdict judge(const HttpAnswer& answer, const std::string& what) {
    using Kind = Verdict::Kind;
    const auto status = answer.status;
    if (status == 429 || status == 503) {
        return {Kind::Retry, what, asked_rest(answer)};
    }
    return {status >= 500 || status == 408 ? Kind::Retry : Kind::Refused, what, std::nullopt};
}

// Of {"ok":false}.
Verdict refusal(const HttpAnswer& answer) {
    using Kind = Verdict::Kind;
    const auto error = harmless(text_at(object_of(answer.body), "error"));
    const auto what = error.empty() ? std::string("Slack refused it without a word")
                                    : with_remedy("Slack refused it: " + error, error);
    return is_passing(error) ? Verdict{Kind::Retry, what, asked_rest(answer)}
                             : Verdict{Kind::Refused, what, std::nullopt};
}

Verdict with_redirect(Verdict verdict, const HttpAnswer& answer) {
    if (!verdict.why.empty() && !answer.redirect.empty()) {
        verdict.why += "; " + answer.redirect;
    }
    return verdict;
}

Verdict judge_slack(const HttpAnswer& answer) {
    using Kind = Verdict::Kind;
    if (answer.status == 0) {
        return {Kind::Retry, answer.error.empty() ? "no answer" : answer.error, std::nullopt};
    }
    const auto status = "HTTP " + std::to_string(answer.status);
    if (answer.status == 200 && word_of_slack(answer.body) == false) {
        return refusal(answer);
    }
    const auto word = harmless(answer.body);
    const auto what = word.empty() ? status : with_remedy(status + ": " + word, word);
    if (answer.status == 200) {
        return word_of_slack(answer.body)
                   ? Verdict{}
                   : Verdict{Kind::Retry, "the answer is not \"ok\": " + what, std::nullopt};
    }
    return judge(answer, what);
}

Verdict judge_plain(const HttpAnswer& answer) {
    using Kind = Verdict::Kind;
    if (answer.status == 0) {
        return {Kind::Retry, answer.error.empty() ? "no answer" : answer.error, std::nullopt};
    }
    if (answer.status >= 200 && answer.status < 300) {
        return {};
    }
    return judge(answer, "HTTP " + std::to_string(answer.status));
}

} // namespace

Verdict classify(const HttpAnswer& answer) {
    return with_redirect(judge_slack(answer), answer);
}

Verdict classify_plain(const HttpAnswer& answer) {
    return with_redirect(judge_plain(answer), answer);
}

ApiAnswer read_api_answer(const HttpAnswer& answer) {
    const auto word = word_of_slack(answer.body);
    if (answer.status != 200 || !word) {
        // A limit comes as 429; whatever else is not of Slack's API is judged as a webhook's.
        return {classify(answer), "", {}};
    }
    const auto json = object_of(answer.body);
    if (*word) {
        ApiAnswer out;
        SlackPost post{text_at(json, "channel"), text_at(json, "ts")};
        if (!post.channel.empty() && !post.ts.empty()) {
            out.post = std::move(post);
        }
        return out;
    }
    return {with_redirect(refusal(answer), answer), harmless(text_at(json, "error")), {}};
}

} // namespace opsmon::notify
