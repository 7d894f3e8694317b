#include <catch2/catch.hpp>

#include <map>

#include "collect/probe/service.hpp"
#include "support/http_peer.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

namespace {

config::Service service(const std::string& name, int port, const std::string& path,
                        std::chrono::milliseconds timeout) {
    return {name, *parse_url("http://127.0.0.1:" + std::to_string(port) + path), timeout, 50ms};
}

struct Seen {
    std::map<std::string, double> health;
    std::map<std::string, std::uint64_t> attempts;
};

Seen look(ServiceSource& source) {
    Seen out;
    const auto reports = source.collect({0, steady_now()}, StopSignal());
    for (const metrics::Sample& sample : reports.at(0).samples.samples()) {
        if (sample.histogram) {
            out.attempts[sample.label_values[0]] = sample.histogram->count();
        } else if (sample.metric == metrics::find_metric("service_health_status")) {
            out.health[sample.label_values[0]] = sample.value;
        }
    }
    return out;
}

template <typename Condition>
bool eventually(ServiceSource& source, const Condition& condition) {
    const SteadyTime deadline = steady_now() + 20s;
    const StopSignal never;
    while (steady_now() < deadline) {
        if (condition(look(source))) {
            return true;
        }
        never.wait_until(steady_now() + 5ms);
    }
    return false;
}

} // namespace

TEST_CASE("tells_healthy_services_from_others") {
    test::HttpPeer peer;
    ServiceSource source({service("good", peer.port(), "/status/200", 10s),
                          service("moved", peer.port(), "/redirect", 10s),
                          service("bad", peer.port(), "/status/500", 10s)},
                         nullptr);
    CHECK(eventually(source, [](const Seen& seen) {
        return seen.health == std::map<std::string, double>{{"good", 1}, {"moved", 1}, {"bad", 0}};
    }));
    const auto report = source.collect({0, steady_now()}, StopSignal()).at(0);
    REQUIRE(report.silent.size() == 1); // how fast it is, and until when its certificate holds
    CHECK(report.silent[0].value == "bad");
}

TEST_CASE("a_service_that_was_not_asked_yet_is_unknown_and_not_well") {
    test::HttpPeer peer;
    auto later = service("later", peer.port(), "/status/500", 10s);
    later.interval = 1000h; // its first turn comes within it
    ServiceSource source({service("good", peer.port(), "/status/200", 10s), later}, nullptr);
    REQUIRE(eventually(source, [](const Seen& seen) {
        return seen.health == std::map<std::string, double>{{"good", 1}};
    }));
    const auto report = source.collect({0, steady_now()}, StopSignal()).at(0);
    REQUIRE(report.silent.size() == 1);
    CHECK(report.silent[0].label == "service");
    CHECK(report.silent[0].value == "later");
}

TEST_CASE("fifty_hanging_services_do_not_delay_fifty_others") {
    test::HttpPeer peer;
    test::SilentPeer silent;
    std::vector<config::Service> services;
    for (int i = 0; i < 50; ++i) {
        services.push_back(service("hangs" + std::to_string(i), silent.port(), "/", 60s));
        services.push_back(service("works" + std::to_string(i), peer.port(), "/status/200", 60s));
    }
    ServiceSource source(services, nullptr);
    CHECK(eventually(source, [](const Seen& seen) {
        bool all_twice = seen.attempts.size() == 50; // those that hang have not ended one
        for (const auto& [name, attempts] : seen.attempts) {
            all_twice = all_twice && attempts >= 2 && name.starts_with("works");
        }
        return all_twice;
    }));
}

TEST_CASE("of_a_hundred_services_no_series_is_left_out") {
    test::HttpPeer peer;
    std::vector<config::Service> services;
    for (int i = 0; i < 100; ++i) {
        services.push_back(service("s" + std::to_string(i), peer.port(), "/status/200", 60s));
    }
    ServiceSource source(services, nullptr);
    REQUIRE(eventually(source, [](const Seen& seen) { return seen.attempts.size() == 100; }));
    const auto report = source.collect({0, steady_now()}, StopSignal()).at(0);
    CHECK(report.samples.dropped_limit() == 0);
}

TEST_CASE("a_service_that_times_out_is_unhealthy_and_counted") {
    test::SilentPeer silent;
    ServiceSource source({service("hangs", silent.port(), "/", 20ms)}, nullptr);
    CHECK(eventually(source, [](const Seen& seen) {
        return seen.health == std::map<std::string, double>{{"hangs", 0}} &&
               seen.attempts.at("hangs") >= 2;
    }));
}

TEST_CASE("counters_go_on_over_a_reload_even_with_another_time_out") {
    test::HttpPeer peer;
    auto before = std::make_unique<ServiceSource>(
        std::vector{service("same", peer.port(), "/status/200", 10s),
                    service("changed", peer.port(), "/status/200", 10s),
                    service("removed", peer.port(), "/status/200", 10s)},
        nullptr);
    REQUIRE(eventually(*before, [](const Seen& seen) {
        return seen.attempts.size() == 3 && seen.attempts.at("changed") >= 3;
    }));
    const Seen last = look(*before);
    ServiceSource after({service("same", peer.port(), "/status/200", 10s),
                         service("changed", peer.port(), "/status/200", 9s)},
                        before.get());
    before.reset();
    const Seen first = look(after);
    REQUIRE(first.attempts.size() == 2);
    CHECK(first.attempts.at("same") >= last.attempts.at("same"));
    CHECK(first.attempts.at("changed") >= last.attempts.at("changed"));
    CHECK(eventually(after, [&](const Seen& seen) {
        return seen.attempts.at("same") > first.attempts.at("same") &&
               seen.attempts.at("changed") > first.attempts.at("changed");
    }));
}
