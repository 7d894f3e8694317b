// Any text as a PromQL expression: parsed or refused with words, and what was parsed is evaluated,
// at a moment and over a range, within its limits.

#include <cstddef>
#include <cstdint>

#include "history/file_source.hpp"
#include "promql/eval.hpp"
#include "promql/lexer.hpp"
#include "promql/print.hpp"
#include "promql/result_json.hpp"

namespace {

using namespace opsmon;

const history::FileSource& source() {
    static const history::FileSource out = [] {
        std::vector<history::FileSource::Series> series;
        for (const char* name : {"m", "n", "m_bucket"}) {
            for (const char* bound : {"1", "+Inf"}) {
                history::FileSource::Series one{{{{"__name__", name}, {"le", bound}}}, {}};
                for (TimestampMs at = 0; at < 600'000; at += 15'000) {
                    one.points.push_back({at, static_cast<double>(at % 7)});
                }
                series.push_back(std::move(one));
            }
        }
        return history::FileSource(std::move(series));
    }();
    return out;
}

void check(bool ok, const std::string& message) {
    if (!ok && message.empty()) {
        __builtin_trap();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto expression = promql::parse({reinterpret_cast<const char*>(data), size});
    if (!expression) {
        check(false, expression.error().message);
        return 0;
    }
    // What is printed is an expression again.
    if (const auto printed = promql::print(expression->root());
        printed.size() <= promql::kMaxExpressionBytes && !promql::parse(printed)) {
        __builtin_trap();
    }
    promql::Limits limits;
    limits.work_max = 500'000;
    limits.samples_max = 50'000;
    const auto value = promql::evaluate(*expression, source(), 300'000, limits);
    check(value.ok(), value ? promql::result_json(*value, 300'000) : value.error().message);
    const auto matrix =
        promql::evaluate_range(*expression, source(), {60'000, 540'000, 60'000}, limits);
    check(matrix.ok(), matrix ? "" : matrix.error().message);
    return 0;
}
