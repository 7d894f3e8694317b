#pragma once
// This component writes alerts and silences as Alertmanager's API (version 2) has them, and reads
// the silences that clients such as amtool send. The API's routes use it. Pure: the time is an
// argument.

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "notify/notifier.hpp"

namespace opsmon::web {

// What a client wants to see of the alerts; by default all that fire.
struct AlertSelection {
    notify::Matchers matchers;
    bool active = true;
    bool silenced = true;
    bool inhibited = true;
    bool unprocessed = true;
    std::string receiver; // a pattern for the whole name; empty: any
};

// Sorted by fingerprint. An error where the pattern is none.
Result<std::string> write_alerts(const std::vector<notify::ShownAlert>& alerts,
                                 const AlertSelection& selection, TimestampMs now);

std::string write_silence(const notify::Silence& silence, TimestampMs now);

// Those that the matchers find, going by the patterns of theirs; active ones first, then pending,
// then expired.
std::string write_silences(std::vector<notify::Silence> silences, const notify::Matchers& matchers,
                           TimestampMs now);

// Each receiver with its integrations, and what became of the last attempt of each.
std::string write_receivers(const std::vector<notify::ShownReceiver>& receivers);

// The body of a POST: matchers, startsAt, endsAt, createdBy, comment; id where one is to change.
Result<notify::Silence> parse_silence(std::string_view body);

} // namespace opsmon::web
