#include <catch2/catch.hpp>

#include <condition_variable>
#include <mutex>

#include "collect/access_log/stub_status.hpp"
#include "support/probe_peer.hpp"
#include "support/report_series.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

namespace {

const std::string kPage = "Active connections: 3 \nserver accepts handled requests\n 10 9 27 \n"
                          "Reading: 0 Writing: 1 Waiting: 2 \n";

std::string answer_of(const std::string& page) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(page.size()) + "\r\n\r\n" + page;
}

config::StubStatus nginx_at(const std::string& service, const std::string& host, int port) {
    config::StubStatus out;
    out.service = service;
    out.url = *parse_url("http://" + host + ':' + std::to_string(port) + "/status");
    out.timeout = 30s;
    return out;
}

std::map<std::string, double> collect_once(StubStatusSource& source) {
    return test::series_of(source.collect({0, steady_now()}, StopSignal()).at(0));
}

} // namespace

TEST_CASE("a_status_line_without_end_is_an_nginx_that_does_not_answer", "[stub_status][limits]") {
    const std::string reason(GENERATE(30'000, 1'000'000), 'A');
    const test::ProbePeer bad(
        test::answers("HTTP/1.1 200 " + reason + "\r\nContent-Length: 0\r\n\r\n"));
    const test::ProbePeer good(test::answers(answer_of(kPage)));
    StubStatusSource source(
        {nginx_at("bad", "127.0.0.1", bad.port()), nginx_at("good", "127.0.0.1", good.port())},
        30s);
    const auto series = collect_once(source);
    CHECK(series.at("service_nginx_up bad") == 0);
    CHECK(series.at("service_nginx_up good") == 1);
    CHECK(series.at("service_nginx_requests_total good") == 27);
    const auto report = source.collect({0, steady_now()}, StopSignal()).at(0);
    REQUIRE(report.silent.size() == 1);
    CHECK(report.silent[0].label == "service");
    CHECK(report.silent[0].value == "bad");
}

TEST_CASE("a_name_lookup_that_hangs_takes_nobody_elses_report", "[stub_status][limits]") {
    struct Gate {
        std::mutex mutex;
        std::condition_variable changed;
        bool open = false;
    };
    const auto gate = std::make_shared<Gate>();
    const test::ProbePeer good(test::answers(answer_of(kPage)));
    auto hangs = nginx_at("hangs", "hangs.invalid", good.port());
    hangs.timeout = 200ms;
    StubStatusSource source({hangs, nginx_at("good", "127.0.0.1", good.port())}, 30s,
                            Resolver([gate](const std::string&) {
                                std::unique_lock lock(gate->mutex);
                                gate->changed.wait(lock, [&] { return gate->open; });
                                return Result<std::vector<SocketAddress>>(Error{"too late"});
                            }));
    const auto series = collect_once(source);
    {
        const std::lock_guard lock(gate->mutex);
        gate->open = true;
        gate->changed.notify_all();
    }
    CHECK(series.at("service_nginx_up hangs") == 0);
    CHECK(series.at("service_nginx_up good") == 1);
}
