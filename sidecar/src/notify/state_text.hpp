#pragma once
// This component writes and reads what notifications keep in the store: alerts, what a receiver was
// told, silences. Pure. Reading trusts nothing: what it does not understand is nothing.

#include "notify/dedup.hpp"
#include "notify/silences.hpp"
#include "rules/alert.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace opsmon::notify {

struct KeptTold {
    std::string key;
    TimestampMs at_wall = 0;
    Fingerprints firing;
    Fingerprints muted = {};
    std::optional<SlackPost> post = {};
};

[[nodiscard]] std::string alert_text(const rules::Alert& alert);
[[nodiscard]] std::optional<rules::Alert> parse_alert_text(std::string_view text);

[[nodiscard]] std::string told_text(const KeptTold& told);
[[nodiscard]] std::optional<KeptTold> parse_told_text(std::string_view text);

[[nodiscard]] std::string silence_text(const Silence& silence);
[[nodiscard]] std::optional<Silence> parse_silence_text(std::string_view text);

} // namespace opsmon::notify
