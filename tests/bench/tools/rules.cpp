// What judging rules costs: series of every metric of the catalog, SERIES in all, ten minutes of
// them every 5 s; then every rule of the file is judged at sixty moments.
//
//   bench_rules FILE SERIES
//   bench_rules --list SERIES
//
// Prints how many rules and series there were, and the processor time of judging all rules once; or
// only the series, one a line.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <vector>

#include "history/history.hpp"
#include "metrics/catalog.hpp"
#include "rules/engine.hpp"
#include "rules/rule_file.hpp"

using namespace opsmon;

namespace {

constexpr TimestampMs kStart = 1'795'500'000'000;
constexpr TimestampMs kStep_ms = 5000;
constexpr int kFilled = 120;
constexpr int kJudged = 60;

double cpu_ms() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// Metrics with labels get as many series each as it takes.
std::vector<metrics::SeriesPoint> make_series(std::size_t count) {
    std::vector<metrics::SeriesPoint> out;
    for (std::size_t round = 0; out.size() < count; ++round) {
        for (std::size_t metric = 0; metric < metrics::kCatalog.size() && out.size() < count;
             ++metric) {
            const auto labels = metrics::count_labels(metric);
            if (round > 0 && labels == 0) {
                continue;
            }
            metrics::SeriesPoint point;
            point.labels.set(metrics::kMetricName, metrics::kCatalog[metric].name);
            for (std::size_t i = 0; i < labels; ++i) {
                point.labels.set(metrics::kCatalog[metric].labels[i],
                                 "value_" + std::to_string(round));
            }
            point.value = static_cast<double>(out.size());
            out.push_back(std::move(point));
        }
    }
    return out;
}

} // namespace

int main(int argc, char** argv) {
    if (argc == 3 && std::string_view(argv[1]) == "--list") {
        for (const auto& point : make_series(std::strtoul(argv[2], nullptr, 10))) {
            std::printf("%s\n", point.labels.to_string().c_str());
        }
        return 0;
    }
    const auto groups = rules::load_rule_files({argc == 3 ? argv[1] : ""});
    const std::size_t count = argc == 3 ? std::strtoul(argv[2], nullptr, 10) : 0;
    if (!groups || count == 0) {
        std::fprintf(stderr, "usage: bench_rules FILE SERIES\n%s\n",
                     groups ? "" : groups.error().message.c_str());
        return 2;
    }
    history::History history;
    rules::Engine engine(*groups);
    auto series = make_series(count);
    std::vector<double> took_ms;
    TimestampMs at = kStart;
    for (int step = 0; step < kFilled + kJudged; ++step, at += kStep_ms) {
        for (auto& point : series) {
            point.value += 1;
        }
        history.append(at, series);
        const double begun = cpu_ms();
        (void)engine.evaluate_due(history, at, {});
        if (step >= kFilled) {
            took_ms.push_back(cpu_ms() - begun);
        }
    }
    std::sort(took_ms.begin(), took_ms.end());
    std::printf("rules %zu series %zu median_ms %.2f longest_ms %.2f\n", engine.stats().rules,
                series.size(), took_ms[took_ms.size() / 2], took_ms.back());
    return 0;
}
