#pragma once
// This component decides whether a request may come from where it says it does: what changes
// something is taken from no page of another origin, and where only known names count, nothing is
// taken under any other. The web server asks it of every request. Programs that are no browsers
// send neither Origin nor Sec-Fetch-Site, and are not held up. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "web/site.hpp"

namespace opsmon::web {

// Each header as often as it was given.
struct Asking {
    std::string method;
    std::vector<std::string> hosts;
    std::vector<std::string> origins;
    std::vector<std::string> fetch_sites;
};

enum class Judgement { Welcome, UnknownName, OtherSite };

[[nodiscard]] Judgement judge(const Asking& asking, const Site& site);

// What to tell whoever is not welcome.
[[nodiscard]] std::string_view reason(Judgement judgement);

} // namespace opsmon::web
