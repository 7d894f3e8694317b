#include "history/openmetrics_line.hpp"

#include "metrics/label_value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace opsmon::history {
namespace {

constexpr std::size_t kQuotedBytes_max = 60;

// What foreign text looks like in a fault: short, and nothing that a terminal would act on.
std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text.substr(0, kQuotedBytes_max)) {
        out += c >= ' ' && c <= '~' ? c : '?';
    }
    return out + (text.size() > kQuotedBytes_max ? "…\"" : "\"");
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The longest name at the start of `text`: a metric's may hold colons, a label's may not.
std::size_t name_length(std::string_view text, bool colons) {
    std::size_t length = 0;
    while (length < text.size() && (is_letter(text[length]) || (colons && text[length] == ':') ||
                                    (length > 0 && is_digit(text[length])))) {
        ++length;
    }
    return length;
}

bool valid_utf8(std::string_view text) {
    return metrics::clean_label_value(text, text.size()) == text;
}

bool take(std::string_view& text, std::string_view start) {
    if (!text.starts_with(start)) {
        return false;
    }
    text.remove_prefix(start.size());
    return true;
}

std::string unescaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
        if (next == '\\' || next == '"' || next == 'n') {
            out += next == 'n' ? '\n' : next;
            ++i;
        } else {
            out += text[i]; // Prometheus keeps a backslash before anything else
        }
    }
    return out;
}

// Takes `"value"` off and gives what is between the quotes, escapes and all.
std::optional<std::string_view> take_quoted(std::string_view& text) {
    if (text.empty() || text.front() != '"') {
        return std::nullopt;
    }
    for (std::size_t end = 1; end < text.size(); ++end) {
        if (text[end] == '\\') {
            ++end;
        } else if (text[end] == '"') {
            const auto inner = text.substr(1, end - 1);
            text.remove_prefix(end + 1);
            return inner;
        }
    }
    return std::nullopt;
}

// Takes `a="1",b="2"}` off; the brace before it is gone already.
Result<void> take_labels(std::string_view& text, std::vector<metrics::Labels::Pair>* out) {
    for (bool first = true; !take(text, "}"); first = false) {
        if (!first && !take(text, ",")) {
            return Error{"expected , or } after a label, got " + in_quotes(text)};
        }
        const auto length = name_length(text, false);
        const auto name = text.substr(0, length);
        if (length == 0) {
            return Error{"expected the name of a label, got " + in_quotes(text)};
        }
        text.remove_prefix(length);
        if (!take(text, "=")) {
            return Error{"expected = after the label " + in_quotes(name)};
        }
        const auto value = take_quoted(text);
        if (!value) {
            return Error{"the label " + in_quotes(name) + " needs a value in double quotes"};
        }
        if (!valid_utf8(*value)) {
            return Error{"the value of the label " + in_quotes(name) + " is not valid UTF-8"};
        }
        if (out != nullptr) {
            out->emplace_back(name, unescaped(*value));
        }
    }
    return {};
}

// Takes one space and the word after it off; nothing where there is none.
std::string_view take_word(std::string_view& text) {
    if (text.size() < 2 || text.front() != ' ') {
        return {};
    }
    text.remove_prefix(1);
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    return word;
}

Result<double> take_float(std::string_view& text, const std::string& what) {
    const auto before = text;
    const auto word = take_word(text);
    const auto value = parse_float(word);
    if (!value) {
        return Error{"expected one space and " + what + ", got " +
                     in_quotes(word.empty() ? before : word)};
    }
    return *value;
}

Result<TimestampMs> take_timestamp(std::string_view& text) {
    const auto seconds = take_float(text, "a timestamp in seconds");
    if (!seconds) {
        return seconds.error();
    }
    const double ms = *seconds * 1000;
    // What a number of milliseconds can be and still tell its neighbours apart.
    constexpr double kLargest = 9007199254740992.0;
    if (!(std::abs(ms) < kLargest)) {
        return Error{"no moment: the timestamp is not a finite number of seconds near ours"};
    }
    return static_cast<TimestampMs>(ms);
}

Result<void> take_exemplar(std::string_view& text) {
    if (auto labels = take_labels(text, nullptr); !labels) {
        return labels.error().with_prefix("exemplar");
    }
    if (const auto value = take_float(text, "a value"); !value) {
        return value.error().with_prefix("exemplar");
    }
    if (!text.empty()) {
        if (const auto at = take_timestamp(text); !at) {
            return at.error().with_prefix("exemplar");
        }
    }
    return {};
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

std::optional<double> parse_infinity(std::string_view text, bool negative) {
    const auto word = lower(text);
    if (word != "inf" && word != "infinity") {
        return std::nullopt;
    }
    const double infinity = std::numeric_limits<double>::infinity();
    return negative ? -infinity : infinity;
}

} // namespace

std::optional<double> parse_float(std::string_view text) {
    const bool has_sign = !text.empty() && (text.front() == '+' || text.front() == '-');
    const bool negative = has_sign && text.front() == '-';
    const auto number = text.substr(has_sign ? 1 : 0);
    if (!has_sign && lower(number) == "nan") {
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (const auto infinity = parse_infinity(number, negative)) {
        return infinity;
    }
    if (number.empty() || !(is_digit(number.front()) || number.front() == '.')) {
        return std::nullopt;
    }
    double value = 0;
    const auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (end != number.data() + number.size()) {
        return std::nullopt;
    }
    if (fault == std::errc::result_out_of_range) {
        // Too small is zero, or what is left of it; too large is no number.
        value = std::strtod(std::string(number).c_str(), nullptr);
    } else if (fault != std::errc()) {
        return std::nullopt;
    }
    if (std::isinf(value)) {
        return std::nullopt;
    }
    return negative ? -value : value;
}

Result<SampleLine> read_sample_line(std::string_view line) {
    SampleLine out;
    std::string_view rest = line;
    const auto name = name_length(rest, true);
    if (name == 0) {
        return Error{"expected the name of a metric or a comment, got " + in_quotes(line)};
    }
    rest.remove_prefix(name);
    if (take(rest, "{")) {
        if (auto labels = take_labels(rest, nullptr); !labels) {
            return labels.error();
        }
    }
    out.series = line.substr(0, line.size() - rest.size());
    const auto value = take_float(rest, "a value after " + in_quotes(out.series));
    if (!value) {
        return value.error();
    }
    out.value = *value;
    if (!rest.empty() && !rest.starts_with(" # {")) {
        const auto at = take_timestamp(rest);
        if (!at) {
            return at.error();
        }
        out.at = *at;
    }
    if (take(rest, " # {")) {
        const auto metric = line.substr(0, name);
        if (!metric.ends_with("_total") && !metric.ends_with("_bucket")) {
            return Error{"only the metrics _total and _bucket may have an exemplar, not " +
                         in_quotes(metric)};
        }
        if (auto exemplar = take_exemplar(rest); !exemplar) {
            return exemplar.error();
        }
    }
    if (!rest.empty()) {
        return Error{"nothing may follow here, got " + in_quotes(rest)};
    }
    return out;
}

Result<metrics::Labels> read_series(std::string_view series) {
    const auto brace = series.find('{');
    std::vector<metrics::Labels::Pair> pairs;
    pairs.emplace_back(metrics::kMetricName, series.substr(0, brace));
    if (brace != std::string_view::npos) {
        auto rest = series.substr(brace + 1);
        if (auto labels = take_labels(rest, &pairs); !labels) {
            return labels.error();
        }
    }
    std::erase_if(pairs, [](const auto& pair) { return pair.second.empty(); });
    std::sort(pairs.begin(), pairs.end());
    const auto same_name = [](const auto& left, const auto& right) {
        return left.first == right.first;
    };
    const auto twice = std::adjacent_find(pairs.begin(), pairs.end(), same_name);
    if (twice != pairs.end()) {
        return Error{"the label " + in_quotes(twice->first) + " stands twice in " +
                     in_quotes(series)};
    }
    return metrics::Labels(std::move(pairs));
}

Result<void> check_comment_line(std::string_view line) {
    static constexpr std::array<std::string_view, 8> kTypes = {
        "counter", "gauge", "histogram", "gaugehistogram",
        "summary", "info",  "stateset",  "unknown"};
    std::string_view rest = line;
    const bool help = take(rest, "# HELP ");
    const bool type = !help && take(rest, "# TYPE ");
    const bool unit = !help && !type && take(rest, "# UNIT ");
    if (!help && !type && !unit) {
        return Error{"OpenMetrics knows the comments # HELP, # TYPE, # UNIT and # EOF, got " +
                     in_quotes(line)};
    }
    const auto length = name_length(rest, true);
    const auto name = rest.substr(0, length);
    rest.remove_prefix(length);
    if (name.empty() || !take(rest, " ")) {
        return Error{"expected the name of a metric, a space and a text after " +
                     in_quotes(line.substr(0, 6))};
    }
    if (type && std::find(kTypes.begin(), kTypes.end(), rest) == kTypes.end()) {
        return Error{"no type of a metric: " + in_quotes(rest)};
    }
    if (help && !valid_utf8(rest)) {
        return Error{"the help of " + in_quotes(name) + " is not valid UTF-8"};
    }
    if (unit && !rest.empty() && !name.ends_with("_" + std::string(rest))) {
        return Error{"the unit " + in_quotes(rest) + " is not the end of the name " +
                     in_quotes(name)};
    }
    return {};
}

} // namespace opsmon::history
