// The history beside a plain model of it: the same appends, the same answers.

#include <catch2/catch.hpp>

#include "history/history.hpp"
#include "history/stale.hpp"
#include "support/series.hpp"

#include <bit>
#include <map>
#include <random>

using namespace opsmon;
using history::History;
using history::is_stale;
using history::Point;

namespace {

const auto kAll = [](const metrics::Labels&) { return true; };

// Every sample in the open, with the rule which of them stay.
class Model {
public:
    explicit Model(history::Limits limits) : limits_(limits) {}

    void append(TimestampMs at, const std::vector<metrics::SeriesPoint>& points) {
        if (begun_ && at <= last_at_) {
            forget_from(at);
        }
        floor_ = begun_ ? std::max(floor_, at - limits_.window_ms) : at;
        begun_ = true;
        last_at_ = at;
        const bool on_tick =
            ticks_.empty() || at / limits_.interval_ms != ticks_.back() / limits_.interval_ms;
        if (on_tick) {
            ticks_.push_back(at);
        }
        std::map<metrics::Labels, double> now;
        for (const auto& point : points) {
            now.emplace(point.labels, point.value);
        }
        for (const auto& [labels, value] : now) {
            auto& series = series_[labels];
            const bool begins = series.empty() || is_stale(series.back().point.value);
            if (!series.empty() && !series.back().kept) {
                series.pop_back();
            }
            series.push_back({{at, value}, begins || on_tick});
        }
        for (auto& [labels, series] : series_) {
            if (!now.contains(labels) && !series.empty() && !is_stale(series.back().point.value)) {
                series.back().kept = true;
                series.push_back({{at, history::stale_marker()}, true});
            }
        }
    }

    std::map<metrics::Labels, std::vector<Point>> range(TimestampMs after,
                                                        TimestampMs until) const {
        std::map<metrics::Labels, std::vector<Point>> out;
        for (const auto& [labels, series] : series_) {
            for (const Stored& stored : series) {
                const auto at = stored.point.at;
                if (at > after && at <= until && at >= floor_) {
                    out[labels].push_back(stored.point);
                }
            }
        }
        return out;
    }

private:
    struct Stored {
        Point point;
        bool kept = false;
    };

    void forget_from(TimestampMs at) {
        if (at <= floor_) {
            series_.clear();
        }
        for (auto& [labels, series] : series_) {
            std::erase_if(series, [at](const Stored& stored) { return stored.point.at >= at; });
        }
        std::erase_if(ticks_, [at](TimestampMs tick) { return tick >= at; });
        floor_ = std::min(floor_, at);
    }

    history::Limits limits_;
    std::map<metrics::Labels, std::vector<Stored>> series_;
    std::vector<TimestampMs> ticks_;
    TimestampMs last_at_ = 0;
    TimestampMs floor_ = 0;
    bool begun_ = false;
};

void compare(const History& history, const Model& model, TimestampMs after, TimestampMs until) {
    const auto expected = model.range(after, until);
    const auto got = history.range("", kAll, after, until);
    REQUIRE(got.size() == expected.size());
    auto wanted = expected.begin();
    std::size_t alive = 0;
    for (const auto& [labels, points] : got) {
        REQUIRE(*labels == wanted->first);
        REQUIRE(points.size() == wanted->second.size());
        for (std::size_t i = 0; i < points.size(); ++i) {
            REQUIRE(points[i].at == wanted->second[i].at);
            REQUIRE(std::bit_cast<std::uint64_t>(points[i].value) ==
                    std::bit_cast<std::uint64_t>(wanted->second[i].value));
        }
        alive += is_stale(points.back().value) ? 0 : 1;
        ++wanted;
    }
    const auto newest = history.newest("", kAll, after, until);
    REQUIRE(newest.size() == alive);
    for (const auto& [labels, point] : newest) {
        const auto& last = expected.at(*labels).back();
        REQUIRE(point.at == last.at);
        REQUIRE(std::bit_cast<std::uint64_t>(point.value) ==
                std::bit_cast<std::uint64_t>(last.value));
    }
}

void run(unsigned seed, bool sets_clock_back) {
    history::Limits limits;
    limits.window_ms = 20 * 60'000;
    History history(limits);
    Model model(limits);
    std::mt19937 random(seed);
    const auto chance = [&](unsigned one_in) { return random() % one_in == 0; };
    std::vector<metrics::SeriesPoint> series;
    for (int i = 0; i < 12; ++i) {
        const std::string name(1, static_cast<char>('a' + i % 3));
        series.push_back({test::labels(name + "{i=\"" + std::to_string(i) + "\"}"), 0});
    }
    std::vector<bool> present(series.size(), true);
    TimestampMs now = 1'700'000'000'000;
    for (int step = 0; step < 1500; ++step) {
        now += chance(300) ? 400'000 : 50 + random() % 5'000;
        if (sets_clock_back && chance(60)) {
            now -= random() % (chance(4) ? 3'000'000 : 60'000);
        }
        std::vector<metrics::SeriesPoint> points;
        for (std::size_t i = 0; i < series.size(); ++i) {
            present[i] = chance(i % 4 == 0 ? 5 : 100) ? !present[i] : present[i];
            if (present[i]) {
                auto& value = series[i].value;
                value = i % 3 == 0   ? value + static_cast<double>(random() % 100)
                        : i % 3 == 1 ? static_cast<double>(random()) / 7
                                     : value;
                points.push_back(series[i]);
            }
        }
        if (chance(10)) {
            std::shuffle(points.begin(), points.end(), random);
        }
        history.append(now, points);
        model.append(now, points);
        if (chance(20)) {
            const TimestampMs until = now - random() % 1'500'000;
            compare(history, model, until - random() % 400'000, until);
            compare(history, model, now - 300'001, now);
        }
    }
    compare(history, model, now - limits.window_ms * 2, now);
}

} // namespace

TEST_CASE("history_answers_as_a_plain_model_of_it_does", "[history]") {
    for (unsigned seed = 0; seed < 8; ++seed) {
        CAPTURE(seed);
        run(seed, false);
    }
}

TEST_CASE("history_answers_as_its_model_when_the_clock_is_set_back", "[history]") {
    for (unsigned seed = 100; seed < 108; ++seed) {
        CAPTURE(seed);
        run(seed, true);
    }
}
