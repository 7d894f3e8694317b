#include <catch2/catch.hpp>

#include "collect/access_log/heavy_hitters.hpp"
#include "collect/access_log/request_counts.hpp"
#include "collect/access_log/request_window.hpp"
#include "collect/access_log/requests_document.hpp"
#include "collect/access_log/service_log.hpp"
#include "collect/access_log/top_series.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

namespace {

const SteadyTime kStart = SteadyTime() + 1h;
const RequestTotals kOne{1, 0, 0, 0};

void add(TopSeries& series, const std::string& key, int count) {
    for (int i = 0; i < count; ++i) {
        series.add(key, kOne);
    }
}

} // namespace

TEST_CASE("heavy_hitters_are_found_in_a_flood_of_keys_that_never_repeat", "[access_log]") {
    HeavyHitters hitters(64);
    for (int i = 0; i < 100'000; ++i) {
        hitters.add("/scan/" + std::to_string(i));
        if (i % 10 == 0) {
            hitters.add("/login");
        }
    }
    CHECK(hitters.size() == 64);
    const auto top = hitters.top(2);
    CHECK(top[0].key == "/login");
    CHECK(top[0].sure > 9000);
    CHECK(top[0].sure <= 10'000);
    CHECK(top[1].sure < 5);
}

TEST_CASE("a_scan_gets_no_series_and_a_busy_key_one", "[access_log]") {
    TopSeries series({3, 64, 60, 5});
    for (int i = 0; i < 10'000; ++i) {
        series.add("/scan/" + std::to_string(i), kOne);
        if (i % 8 == 0) {
            series.add("/a", kOne);
        }
    }
    series.review(kStart);
    REQUIRE(series.shown().size() == 1);
    CHECK(series.shown().at("/a").requests == 0); // it counts from now on
    CHECK(series.other().requests == 11'250);
    add(series, "/a", 7);
    CHECK(series.shown().at("/a").requests == 7);
    CHECK(series.other().requests == 11'250);
}

TEST_CASE("only_twice_as_busy_a_key_takes_anothers_place_and_only_so_often", "[access_log]") {
    TopSeries series({1, 64, 2, 5});
    add(series, "/a", 100);
    series.review(kStart);
    add(series, "/b", 150);
    series.review(kStart + 10s);
    CHECK(series.shown().contains("/a"));
    add(series, "/b", 100);
    series.review(kStart + 20s);
    CHECK(series.shown().contains("/b"));
    add(series, "/c", 10'000);
    series.review(kStart + 30s);
    CHECK(series.shown().contains("/b"));
    CHECK(series.refused() == 1);
    series.review(kStart + 2h);
    CHECK(series.shown().contains("/c"));
}

TEST_CASE("the_window_is_the_last_minute_and_unknown_is_not_zero", "[access_log]") {
    RequestWindow window;
    window.advance(kStart);
    CHECK_FALSE(window.rate());
    CHECK_FALSE(window.error_ratio());
    CHECK_FALSE(window.quantile(0.5));
    for (int i = 0; i < 100; ++i) {
        window.add(i < 5, duration_bucket(i < 90 ? 0.02 : 4));
    }
    window.advance(kStart + 20s);
    CHECK(window.rate() == Approx(5));
    CHECK(window.error_ratio() == Approx(0.05));
    CHECK(*window.quantile(0.5) <= 0.025);
    CHECK(*window.quantile(0.95) > 2.5);
    window.advance(kStart + 59s);
    CHECK(window.error_ratio());
    window.advance(kStart + 60s);
    CHECK(window.rate() == Approx(0));
    CHECK_FALSE(window.error_ratio());
    window.add(false, duration_bucket(1e6));
    CHECK(window.quantile(0.5) == Approx(60));
    window.advance(kStart + 10h);
    CHECK(window.rate() == Approx(0));
}

TEST_CASE("codes_are_bounded_and_the_busiest_client_is_named", "[access_log]") {
    RequestCounts counts({});
    counts.advance(kStart);
    LogLine line;
    line.client = "203.0.113.5";
    line.method = "POST";
    line.target = "/login";
    for (const int status : {200, 99, 600, 999, 0, 503}) {
        line.status = status;
        counts.add(line, true);
    }
    line.status = 200;
    for (int i = 0; i < 94; ++i) {
        counts.add(line, true);
    }
    counts.add(line, false); // from before the start: it counts, but is no rate
    CHECK(counts.requests(200) == 96);
    CHECK(counts.requests(0) == 4);
    CHECK_FALSE(counts.take_busiest(kStart + 9s));
    const auto busiest = counts.take_busiest(kStart + 10s);
    REQUIRE(busiest);
    CHECK(busiest->detail == "203.0.113.0/24 POST /login");
    CHECK(busiest->requests_per_second == Approx(10));
    CHECK(counts.take_busiest(kStart + 20s)->requests_per_second == Approx(0));
}

TEST_CASE("every_line_has_one_result_and_the_document_holds_any_name", "[access_log]") {
    LineCounter counter({});
    counter.counts().advance(kStart);
    counter.take_line("", true);
    counter.take_line(std::string(100, '\0'), true);
    counter.take_line("1.2.3.4 - - [x] \"GET /\xFF\xFE HTTP/1.1\" 200 5", true);
    counter.take_too_long();
    CHECK(counter.parsed() == 1);
    CHECK(counter.unparsed() == 1);
    CHECK(counter.empty() == 1);
    CHECK(counter.too_long() == 1);
    metrics::SampleList samples;
    counter.add_lines("shop", samples);
    counter.counts().add_samples("shop", samples);
    CHECK(samples.dropped_duplicate() == 0);
    auto view = view_requests("sh\xFFop", counter.counts());
    const std::string text = write_requests({view});
    CHECK(text.find("\"requests\":1") != std::string::npos);
    CHECK(text.find("\"requests_per_second\":null") != std::string::npos);
}
