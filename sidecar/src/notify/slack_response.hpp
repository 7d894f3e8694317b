#pragma once
// This component reads an answer, Slack's or another webhook's: delivered, worth another try, or
// refused for good, and then with what to do next. Pure.

#include "base/clock.hpp"
#include "notify/slack_post.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace opsmon::notify {

struct HttpAnswer {
    int status = 0; // 0: none came
    std::string body;
    std::string retry_after;   // the header, "" where there is none
    std::string error;         // why no answer came
    std::string date = {};     // the header: when it came, by the receiver's clock
    TimestampMs came_at = 0;   // by ours
    std::string redirect = {}; // what redirects did to the request, in words; "": there was none
};

struct Verdict {
    enum class Kind { Delivered, Retry, Refused };
    Kind kind = Kind::Delivered;
    std::string why; // empty when delivered
    std::optional<TimestampMs> retry_after_ms;
    std::optional<SlackPost> post = {}; // the incident's message, where Slack's API was told
};

[[nodiscard]] Verdict classify(const HttpAnswer& answer);

// Of a method of Slack's API, such as chat.postMessage.
struct ApiAnswer {
    Verdict verdict;
    std::string error; // Slack's word for it, where it is one
    std::optional<SlackPost> post = {};
};

[[nodiscard]] ApiAnswer read_api_answer(const HttpAnswer& answer);

// Of a webhook or an Alertmanager: any 2xx is delivery.
[[nodiscard]] Verdict classify_plain(const HttpAnswer& answer);

} // namespace opsmon::notify
