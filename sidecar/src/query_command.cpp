#include "query_command.hpp"

#include "base/text.hpp"
#include "history/openmetrics_file.hpp"
#include "promql/duration.hpp"
#include "promql/eval.hpp"
#include "promql/number_text.hpp"
#include "promql/result_json.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <iterator>
#include <optional>

namespace opsmon {
namespace {

using promql::QueryFault;

struct When {
    TimestampMs time = 0;
    std::optional<promql::RangeOfTime> range;
};

// Far enough for every calendar, and no sum of such times overflows.
constexpr double kMaxSeconds = 9.2e12;

Result<TimestampMs> parse_time(const std::string& option, const std::string& text) {
    if (const auto seconds = promql::parse_go_float(text);
        seconds && std::fabs(*seconds) <= kMaxSeconds) {
        return static_cast<TimestampMs>(std::round(*seconds * 1000));
    }
    std::tm parts{};
    if (const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
        rest != nullptr && *rest == '\0') {
        return static_cast<TimestampMs>(::timegm(&parts)) * 1000;
    }
    return Error{option + ": \"" + text +
                 "\" is not a time; write Unix seconds or 2006-01-02T15:04:05Z"};
}

Result<std::int64_t> parse_step(const std::string& text) {
    if (const auto seconds = promql::parse_go_float(text);
        seconds && std::fabs(*seconds) <= kMaxSeconds) {
        return static_cast<std::int64_t>(*seconds * 1000);
    }
    auto duration = promql::parse_duration_ms(text);
    return duration ? duration : duration.error().with_prefix("--step");
}

Result<When> parse_when(const QueryOptions& options, const history::FileSource& source) {
    const bool any = !options.start.empty() || !options.end.empty() || !options.step.empty();
    if (any && (options.start.empty() || options.end.empty() || options.step.empty())) {
        return Error{"a range needs all of --start, --end and --step"};
    }
    if (any && !options.time.empty()) {
        return Error{"--time is of one moment, --start, --end and --step of a range; give one"};
    }
    When out;
    if (any) {
        const auto start = parse_time("--start", options.start);
        const auto end = parse_time("--end", options.end);
        const auto step = parse_step(options.step);
        if (!start || !end || !step) {
            return !start ? start.error() : !end ? end.error() : step.error();
        }
        out.range = promql::RangeOfTime{*start, *end, *step};
    } else if (!options.time.empty()) {
        const auto time = parse_time("--time", options.time);
        if (!time) {
            return time.error();
        }
        out.time = *time;
    } else {
        for (const auto& series : source.series()) {
            out.time =
                series.points.empty() ? out.time : std::max(out.time, series.points.back().at);
        }
    }
    return out;
}

struct Answer {
    std::string json;
    bool ok = true;
};

Answer failed(QueryFault kind, const std::string& message) {
    return {promql::error_json(kind, message), false};
}

Answer answer_range(const promql::Expression& expression, const history::Source& source,
                    const promql::RangeOfTime& range) {
    if (const auto type = promql::check_range_type(expression); !type) {
        return failed(QueryFault::BadData,
                      promql::invalid_parameter("query", type.error().message));
    }
    auto matrix = promql::evaluate_range(expression, source, range);
    if (!matrix) {
        return failed(QueryFault::Execution, matrix.error().message);
    }
    return {promql::result_json(std::move(*matrix), range.start)};
}

Answer answer(const std::string& text, const history::Source& source, const When& when) {
    // As the API: what is wrong with the range comes before what is wrong with the expression.
    if (when.range) {
        if (const auto checked = promql::check_range(*when.range, {}); !checked) {
            const auto& message = checked.error().message;
            return failed(QueryFault::BadData, when.range->end < when.range->start
                                                   ? promql::invalid_parameter("end", message)
                                               : when.range->step_ms <= 0
                                                   ? promql::invalid_parameter("step", message)
                                                   : message);
        }
    }
    const auto expression = promql::parse(text);
    if (!expression) {
        return failed(QueryFault::BadData,
                      promql::invalid_parameter("query", expression.error().message));
    }
    if (when.range) {
        return answer_range(*expression, source, *when.range);
    }
    const auto value = promql::evaluate(*expression, source, when.time);
    if (!value) {
        return failed(QueryFault::Execution, value.error().message);
    }
    return {promql::result_json(*value, when.time)};
}

constexpr std::size_t kMaxDataBytes = 1UL << 30;

Result<history::FileSource> load(const std::string& path) {
    const auto text = read_file(path, kMaxDataBytes);
    if (!text) {
        return text.error();
    }
    auto source = history::parse_openmetrics(*text);
    return source ? std::move(source) : source.error().with_prefix(path);
}

} // namespace

int run_query(const QueryOptions& options, std::istream& in, std::ostream& out, std::ostream& err) {
    const auto source = load(options.data_file);
    const auto when =
        source ? parse_when(options, *source) : Result<When>(Error{source.error().message});
    if (!when) {
        err << "opsmon-sidecar: query: " << when.error().message << '\n';
        return EXIT_FAILURE;
    }
    if (options.expression != "-") {
        const auto one = answer(options.expression, *source, *when);
        out << one.json << '\n';
        return one.ok ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    for (std::string line; std::getline(in, line);) {
        out << answer(line, *source, *when).json << '\n';
    }
    return EXIT_SUCCESS;
}

} // namespace opsmon
