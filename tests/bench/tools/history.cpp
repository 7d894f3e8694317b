// What the history costs: bytes a sample and the time of an append.
//
//   bench_history [FOLDER]     pages of /metrics as files, each named by its moment in
//   milliseconds;
//                              without one: 1,000 made-up series, 6 h of them every 10 s
//
// Prints `name value`, one a line.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "history/history.hpp"
#include "history/openmetrics_line.hpp"

using namespace opsmon;

namespace {

using Page = std::vector<metrics::SeriesPoint>;

Page read_page(const std::string& path) {
    Page out;
    const auto text = read_file(path, 64 << 20);
    std::string_view rest = text ? std::string_view(*text) : std::string_view();
    while (!rest.empty()) {
        const auto line = take_line(rest);
        const auto sample = history::read_sample_line(line);
        if (!line.starts_with('#') && sample) {
            out.push_back({*history::read_series(sample->series), sample->value});
        }
    }
    return out;
}

class Bench {
public:
    void append(TimestampMs at, const Page& page) {
        const auto begun = std::chrono::steady_clock::now();
        history_.append(at, page);
        const std::chrono::duration<double, std::micro> took =
            std::chrono::steady_clock::now() - begun;
        took_us_.push_back(took.count());
        last_at_ = at;
    }

    void print() {
        const history::Stats stats = history_.stats();
        std::sort(took_us_.begin(), took_us_.end());
        const auto begun = std::chrono::steady_clock::now();
        std::size_t read = 0;
        for (const auto& range : history_.range(
                 "", [](const metrics::Labels&) { return true; }, last_at_ - 300'000, last_at_)) {
            read += range.points.size();
        }
        const std::chrono::duration<double, std::micro> took =
            std::chrono::steady_clock::now() - begun;
        std::printf("series %zu\nsamples %zu\nbytes %zu\nbytes_per_sample %.3f\n", stats.series,
                    stats.samples, stats.bytes,
                    static_cast<double>(stats.bytes) / static_cast<double>(stats.samples));
        std::printf("append_us_median %.1f\nappend_us_longest %.1f\n",
                    took_us_.empty() ? 0 : took_us_[took_us_.size() / 2],
                    took_us_.empty() ? 0 : took_us_.back());
        std::printf("read_5m_samples %zu\nread_5m_us %.1f\n", read, took.count());
    }

private:
    history::History history_;
    std::vector<double> took_us_;
    TimestampMs last_at_ = 0;
};

// Three of four series keep their value; a fifth of the others change in all bits of a double.
void append_made_up(Bench& bench) {
    Page page;
    for (int i = 0; i < 1000; ++i) {
        const std::string name = "postgresql_some_metric_" + std::to_string(i / 10) + "_total";
        page.push_back({metrics::Labels({{"__name__", name},
                                         {"database", "customers"},
                                         {"relation", "orders_" + std::to_string(i)},
                                         {"state", "active"}}),
                        static_cast<double>(i)});
    }
    std::mt19937_64 random(1);
    for (TimestampMs now = 0; now <= 6 * 3'600'000; now += 10'000) {
        for (std::size_t i = 0; i < page.size(); ++i) {
            const auto drawn = static_cast<double>(random() % 1'000'000);
            double& value = page[i].value;
            value = i % 20 == 0 ? drawn / 7 : i % 20 < 5 ? value + drawn : value;
        }
        bench.append(now, page);
    }
}

} // namespace

int main(int argc, char** argv) {
    Bench bench;
    if (argc < 2) {
        append_made_up(bench);
    } else {
        std::map<TimestampMs, std::string> pages;
        for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
            const auto moment = parse_count(entry.path().filename().string());
            if (moment) {
                pages[static_cast<TimestampMs>(*moment)] = entry.path().string();
            }
        }
        for (const auto& [at, path] : pages) {
            bench.append(at, read_page(path));
        }
    }
    bench.print();
    return 0;
}
