#include "web/prometheus_parameters.hpp"

#include "base/rfc3339.hpp"
#include "promql/duration.hpp"
#include "promql/lone_selector.hpp"
#include "promql/number_text.hpp"

#include <cmath>
#include <iterator>

namespace opsmon::web {
namespace {

// Far enough for every calendar, and no sum of such times overflows.
constexpr double kSecondsMax = 9.2e12;
constexpr std::size_t kMatchesMax = 50;

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out + "\"";
}

} // namespace

std::string parameter(const Parameters& parameters, const std::string& name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? "" : found->second;
}

Result<TimestampMs> parse_api_time(const std::string& text) {
    if (const auto seconds = promql::parse_go_float(text);
        seconds && std::fabs(*seconds) <= kSecondsMax) {
        return static_cast<TimestampMs>(std::round(*seconds * 1000));
    }
    if (const auto at = parse_rfc3339(text)) {
        return *at;
    }
    return Error{"cannot parse " + quoted(text) + " to a valid timestamp"};
}

Result<std::int64_t> parse_api_duration(const std::string& text) {
    if (const auto seconds = promql::parse_go_float(text)) {
        if (!(std::fabs(*seconds) <= kSecondsMax)) {
            return Error{"cannot parse " + quoted(text) +
                         " to a valid duration. It overflows int64"};
        }
        return static_cast<std::int64_t>(*seconds * 1000);
    }
    auto duration = promql::parse_duration_ms(text);
    return duration ? duration : Error{"cannot parse " + quoted(text) + " to a valid duration"};
}

Result<std::vector<promql::VectorSelector>> parse_matches(const Parameters& parameters) {
    std::vector<promql::VectorSelector> out;
    const auto [begin, end] = parameters.equal_range("match[]");
    if (static_cast<std::size_t>(std::distance(begin, end)) > kMatchesMax) {
        return Error{"there are more than " + std::to_string(kMatchesMax) + " match[]"};
    }
    for (auto given = begin; given != end; ++given) {
        auto selector = promql::parse_lone_selector(given->second);
        if (!selector) {
            constexpr auto kEmpty = "must contain at least one non-empty matcher";
            return selector.error().message.ends_with(kEmpty)
                       ? Error{std::string("match[] ") + kEmpty}
                       : selector.error();
        }
        out.push_back(std::move(*selector));
    }
    return out;
}

} // namespace opsmon::web
