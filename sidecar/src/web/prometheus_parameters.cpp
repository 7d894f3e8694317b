#include "web/prometheus_parameters.hpp"

#include "base/rfc3339.hpp"
#include "promql/duration.hpp"
#include "promql/lone_selector.hpp"
#include "promql/number_text.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace opsmon::web {
namespace {

// Far enough for every calendar, and no sum of such times overflows.
constexpr double kSecondsMax = 9.2e12;
// A duration is nanoseconds in 64 bits.
constexpr double kNanosecondsEnd = 9223372036854775808.0;
constexpr std::size_t kMatchesMax = 50;
constexpr std::size_t kParametersMax = 500;

std::string in_quotes(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out + "\"";
}

int hex_digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

Result<std::string> unescaped(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out += text[at] == '+' ? ' ' : text[at];
            continue;
        }
        const auto escape = text.substr(at, 3);
        const int high = escape.size() == 3 ? hex_digit(escape[1]) : -1;
        const int low = escape.size() == 3 ? hex_digit(escape[2]) : -1;
        if (high < 0 || low < 0) {
            return Error{"invalid URL escape " + in_quotes(std::string(escape))};
        }
        out += static_cast<char>(high * 16 + low);
        at += 2;
    }
    return out;
}

} // namespace

Result<Parameters> parse_form(std::string_view text) {
    Parameters out;
    while (!text.empty()) {
        const auto pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(pair.size() + 1, text.size()));
        if (pair.find(';') != std::string_view::npos) {
            return Error{"invalid semicolon separator in query"};
        }
        const auto equals = std::min(pair.find('='), pair.size());
        auto name = unescaped(pair.substr(0, equals));
        auto value = unescaped(pair.substr(std::min(equals + 1, pair.size())));
        if (!name || !value) {
            return !name ? name.error() : value.error();
        }
        if (out.size() >= kParametersMax) {
            return Error{"more than " + std::to_string(kParametersMax) + " parameters"};
        }
        if (!pair.empty()) {
            out.emplace(std::move(*name), std::move(*value));
        }
    }
    return out;
}

std::string parameter(const Parameters& parameters, const std::string& name) {
    const auto found = parameters.lower_bound(name);
    return found == parameters.end() || found->first != name ? "" : found->second;
}

Result<TimestampMs> parse_api_time(const std::string& text) {
    if (const auto seconds = promql::parse_go_float(text);
        seconds && std::fabs(*seconds) <= kSecondsMax) {
        // Apart, as in Go: what is left of a fraction of half a millisecond decides.
        double whole = 0;
        const double fraction = std::modf(*seconds, &whole);
        return static_cast<TimestampMs>(whole) * 1000 +
               static_cast<TimestampMs>(std::round(fraction * 1000));
    }
    // RFC 3339 has small letters as well, Go has not.
    if (const auto at = parse_rfc3339(text); at && text.find_first_of("tz") == std::string::npos) {
        return *at;
    }
    return Error{"cannot parse " + in_quotes(text) + " to a valid timestamp"};
}

Result<std::int64_t> parse_api_duration(const std::string& text) {
    if (const auto seconds = promql::parse_go_float(text)) {
        const double nanoseconds = *seconds * 1e9;
        if (!(std::fabs(nanoseconds) < kNanosecondsEnd)) {
            return Error{"cannot parse " + in_quotes(text) +
                         " to a valid duration. It overflows int64"};
        }
        return static_cast<std::int64_t>(nanoseconds) / 1'000'000;
    }
    auto duration = promql::parse_duration_ms(text);
    return duration ? duration : Error{"cannot parse " + in_quotes(text) + " to a valid duration"};
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
