#include "web/prometheus_query.hpp"

#include "history/joined.hpp"
#include "history/read_ahead.hpp"
#include "promql/eval.hpp"
#include "promql/lone_selector.hpp"
#include "promql/relabel.hpp"
#include "promql/result_json.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

namespace opsmon::web {
namespace {

using nlohmann::json;

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max(); // the history has a limit
constexpr TimestampMs kEver = std::numeric_limits<TimestampMs>::max() / 4;

std::string write(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

ApiAnswer bad_parameter(std::string_view name, const std::string& message) {
    return api_error("bad_data", promql::invalid_parameter(name, message));
}

// What is older than the window, as far as a query asks for it.
struct Older {
    TimestampMs border = 0;
    std::optional<history::History> series;
    std::string warning;
};

Older read_older(const history::ReadAhead& ahead, const promql::RangeOfTime& range,
                 const ReadSource& read, const ReadKept& kept) {
    Older out;
    const auto measures = kept ? kept_measures(ahead) : std::set<int>();
    if (measures.empty()) {
        return out;
    }
    KeptLabels labels;
    read([&](const history::Source& source) {
        out.border = source.begins_at() - 1; // its first sample is the window's
        labels = kept_labels(measures, source);
    });
    const TimestampMs back_to = ahead.reaches_back_to();
    if (back_to >= out.border) {
        return out;
    }
    const TimestampMs step = std::max<TimestampMs>(range.step_ms, 60'000);
    const TimestampMs steps_back = (range.start - back_to + step - 1) / step;
    const auto values = kept(
        {measures, range.start - steps_back * step, std::min(range.end, out.border + 1), step});
    if (values && !values->empty()) {
        out.series = kept_series(*values, std::move(labels));
    } else if (!values) {
        out.warning =
            "what is older than the sidecar's own history is missing: " + values.error().message;
    }
    return out;
}

// What is needed is read in one go, and evaluated when the source is free again.
template <typename Evaluate>
ApiAnswer evaluate_apart(const promql::Expression& expression, const promql::RangeOfTime& range,
                         const ReadSource& read, const ReadKept& kept, const promql::Limits& limits,
                         const Evaluate& evaluate) {
    history::ReadAhead ahead;
    if (const auto asked = promql::rehearse(expression, ahead, range, limits); !asked) {
        return api_error("execution", asked.error().message);
    }
    const Older older = read_older(ahead, range, read, kept);
    Result<void> taken;
    read([&](const history::Source& source) {
        taken = older.series ? ahead.take(history::Joined(*older.series, source, older.border),
                                          limits.samples_max)
                             : ahead.take(source, limits.samples_max);
    });
    if (!taken) {
        return api_error("execution", taken.error().message);
    }
    auto value = evaluate(ahead);
    if (!ahead.answered_all()) {
        return api_error("internal", "the expression read other series than it had said");
    }
    if (!value) {
        return api_error("execution", value.error().message);
    }
    ApiAnswer out{200, promql::result_json(std::move(*value), range.start)};
    if (!older.warning.empty()) {
        out.body.pop_back();
        out.body += R"(,"warnings":[)" + write(older.warning) + "]}";
    }
    return out;
}

// Of series, labels and label values: any time where none is given.
struct Span {
    TimestampMs start = -kEver;
    TimestampMs end = kEver;
};

Result<Span> read_span(const Parameters& parameters) {
    Span out;
    for (const auto& [name, into] : {std::pair{"start", &out.start}, std::pair{"end", &out.end}}) {
        const std::string text = parameter(parameters, name);
        if (text.empty()) {
            continue;
        }
        const auto at = parse_api_time(text);
        if (!at) {
            return Error{promql::invalid_parameter(
                name, "Invalid time value for '" + std::string(name) + "': " + at.error().message)};
        }
        *into = *at;
    }
    return out;
}

// The series that any of the selectors selects, each once, in the order of labels.
Result<std::vector<metrics::Labels>> find_series(const std::vector<promql::VectorSelector>& matches,
                                                 const Span& span, const ReadSource& read,
                                                 std::size_t series_max) {
    std::set<metrics::Labels> out;
    const auto add = [&](const history::Source& source, std::string_view name,
                         const history::Source::Filter& filter) {
        for (const auto* labels : source.series_between(name, filter, span.start - 1, span.end)) {
            out.insert(*labels);
        }
    };
    read([&](const history::Source& source) {
        if (matches.empty()) {
            add(source, "", [](const metrics::Labels&) { return true; });
        }
        for (const auto& selector : matches) {
            add(source, selector.metric_name,
                [&](const metrics::Labels& labels) { return selects(selector, labels); });
        }
    });
    if (out.size() > series_max) {
        return Error{"more than " + std::to_string(series_max) +
                     " series; select fewer with label matchers"};
    }
    return std::vector<metrics::Labels>(out.begin(), out.end());
}

struct Found {
    std::optional<ApiAnswer> refusal;
    std::vector<metrics::Labels> series;
};

// Prometheus names match[] in a refusal of series, and nowhere else.
Found find(const Parameters& parameters, const ReadSource& read, std::size_t series_max,
           bool names_match) {
    const auto span = read_span(parameters);
    if (!span) {
        return {api_error("bad_data", span.error().message), {}};
    }
    const auto matches = parse_matches(parameters);
    if (!matches) {
        const auto& why = matches.error().message;
        return {names_match ? bad_parameter("match[]", why) : api_error("bad_data", why), {}};
    }
    auto series = find_series(*matches, *span, read, series_max);
    if (!series) {
        return {api_error("execution", series.error().message), {}};
    }
    return {std::nullopt, std::move(*series)};
}

} // namespace

ApiAnswer api_success(std::string_view data) {
    return {200, R"({"status":"success","data":)" + std::string(data) + "}"};
}

ApiAnswer api_error(std::string_view type, std::string_view message) {
    const int status = type == "bad_data"    ? 400
                       : type == "execution" ? 422
                       : type == "not_found" ? 404
                       : type == "internal"  ? 500
                                             : 503; // timeout, canceled, unavailable
    return {status, R"({"status":"error","errorType":")" + std::string(type) + R"(","error":)" +
                        write(json(message)) + "}"};
}

ApiAnswer answer_query(const Parameters& parameters, const ReadSource& read, TimestampMs now,
                       const promql::Limits& limits, const ReadKept& kept) {
    TimestampMs at = now;
    if (const std::string text = parameter(parameters, "time"); !text.empty()) {
        const auto time = parse_api_time(text);
        if (!time) {
            return bad_parameter("time", "Invalid time value for 'time': " + time.error().message);
        }
        at = *time;
    }
    if (const std::string text = parameter(parameters, "timeout"); !text.empty()) {
        if (const auto timeout = parse_api_duration(text); !timeout) {
            return bad_parameter("timeout", timeout.error().message);
        }
    }
    const auto expression = promql::parse(parameter(parameters, "query"));
    if (!expression) {
        return bad_parameter("query", expression.error().message);
    }
    const auto evaluate = [&](const history::Source& source) {
        return promql::evaluate(*expression, source, at, limits);
    };
    return evaluate_apart(*expression, {at, at, 1}, read, kept, limits, evaluate);
}

ApiAnswer answer_query_range(const Parameters& parameters, const ReadSource& read,
                             const promql::Limits& limits, const ReadKept& kept) {
    promql::RangeOfTime range;
    for (const auto& [name, into] :
         {std::pair{"start", &range.start}, std::pair{"end", &range.end}}) {
        const auto at = parse_api_time(parameter(parameters, name));
        if (!at) {
            return bad_parameter(name, at.error().message);
        }
        *into = *at;
    }
    if (range.end < range.start) {
        return bad_parameter("end", "end timestamp must not be before start time");
    }
    const auto step = parse_api_duration(parameter(parameters, "step"));
    if (!step) {
        return bad_parameter("step", step.error().message);
    }
    range.step_ms = *step;
    if (const auto checked = promql::check_range(range, limits); !checked) {
        return range.step_ms <= 0 ? bad_parameter("step", checked.error().message)
                                  : api_error("bad_data", checked.error().message);
    }
    if (const std::string text = parameter(parameters, "timeout"); !text.empty()) {
        if (const auto timeout = parse_api_duration(text); !timeout) {
            return bad_parameter("timeout", timeout.error().message);
        }
    }
    const auto expression = promql::parse(parameter(parameters, "query"));
    if (!expression) { // here Prometheus does not name the parameter
        return api_error("bad_data", expression.error().message);
    }
    if (const auto type = promql::check_range_type(*expression); !type) {
        return api_error("bad_data", type.error().message);
    }
    const auto evaluate = [&](const history::Source& source) {
        auto matrix = promql::evaluate_range(*expression, source, range, limits);
        return matrix ? Result<promql::Value>(promql::Value{std::move(*matrix)})
                      : Result<promql::Value>(matrix.error());
    };
    return evaluate_apart(*expression, range, read, kept, limits, evaluate);
}

ApiAnswer answer_series(const Parameters& parameters, const ReadSource& read,
                        const promql::Limits& limits) {
    if (!parameters.contains("match[]")) {
        return api_error("bad_data", "no match[] parameter provided");
    }
    auto found = find(parameters, read, limits.series_max, true);
    if (found.refusal) {
        return std::move(*found.refusal);
    }
    json out = json::array();
    for (const auto& labels : found.series) {
        json one = json::object();
        for (const auto& [name, value] : labels.pairs()) {
            one[name] = value;
        }
        out.push_back(std::move(one));
    }
    return api_success(write(out));
}

ApiAnswer answer_labels(const Parameters& parameters, const ReadSource& read) {
    auto found = find(parameters, read, kAll, false);
    if (found.refusal) {
        return std::move(*found.refusal);
    }
    std::set<std::string> names;
    for (const auto& labels : found.series) {
        for (const auto& [name, value] : labels.pairs()) {
            names.insert(name);
        }
    }
    return api_success(write(json(names)));
}

ApiAnswer answer_label_values(const std::string& name, const Parameters& parameters,
                              const ReadSource& read) {
    if (!promql::is_label_name(name)) {
        return api_error("bad_data", "invalid label name: \"" + name + "\"");
    }
    auto found = find(parameters, read, kAll, false);
    if (found.refusal) {
        return std::move(*found.refusal);
    }
    std::set<std::string> values;
    for (const auto& labels : found.series) {
        if (const auto value = labels.get(name); !value.empty()) {
            values.emplace(value);
        }
    }
    return api_success(write(json(values)));
}

} // namespace opsmon::web
