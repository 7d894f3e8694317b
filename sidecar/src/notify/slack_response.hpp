#pragma once
// This component reads an answer, Slack's or another webhook's: delivered, worth another try, or
// refused for good. Pure.

#include "base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace opsmon::notify {

struct HttpAnswer {
    int status = 0; // 0: none came
    std::string body;
    std::string retry_after; // the header, "" where there is none
    std::string error;       // why no answer came
};

struct Verdict {
    enum class Kind { Delivered, Retry, Refused };
    Kind kind = Kind::Delivered;
    std::string why; // empty when delivered
    std::optional<TimestampMs> retry_after_ms;
};

[[nodiscard]] Verdict classify(const HttpAnswer& answer);

// Of a webhook or an Alertmanager: any 2xx is delivery.
[[nodiscard]] Verdict classify_plain(const HttpAnswer& answer);

} // namespace opsmon::notify
