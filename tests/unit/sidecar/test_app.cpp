#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include <httplib.h>
#include <unistd.h>

#include "app.hpp"
#include "external_url.hpp"
#include "settings.hpp"
#include "support/http_peer.hpp"

using namespace opsmon;
using namespace std::chrono_literals;

namespace {

// A running sidecar on a free port, with a configuration file of its own.
struct Fixture {
    std::filesystem::path directory =
        std::filesystem::temp_directory_path() / ("opsmon-app-" + std::to_string(::getpid()));
    HostPort address = free_address();
    httplib::Client client{"127.0.0.1", address.port};
    std::unique_ptr<App> app;

    explicit Fixture(const std::string& settings) {
        std::filesystem::create_directories(directory);
        write(settings);
        auto started = App::start({config_file(), address, "/proc"});
        INFO((started ? "" : started.error().message));
        REQUIRE(started.ok());
        app = std::move(*started);
    }

    ~Fixture() {
        app->stop(steady_now() + 10s);
        std::filesystem::remove_all(directory);
    }

    static HostPort free_address() {
        const test::SilentPeer peer;
        return {"127.0.0.1", static_cast<std::uint16_t>(peer.port())};
    }

    [[nodiscard]] std::string config_file() const { return (directory / "opsmon.yml").string(); }
    void write(const std::string& settings) const { std::ofstream(config_file()) << settings; }

    template <typename Condition>
    static bool eventually(const Condition& condition) {
        const SteadyTime deadline = steady_now() + 20s;
        const StopSignal never;
        while (!condition()) {
            if (steady_now() >= deadline) {
                return false;
            }
            never.wait_until(steady_now() + 20ms);
        }
        return true;
    }

    bool shows(const std::string& text) {
        const auto page = client.Get("/metrics");
        return page && page->body.find(text) != std::string::npos;
    }

    bool eventually_shows(const std::string& text) {
        return eventually([&] { return shows(text); });
    }
};

} // namespace

TEST_CASE("a_started_sidecar_shows_the_host_and_becomes_ready") {
    Fixture fixture("");
    CHECK(fixture.eventually_shows("opsmon_collector_success{collector=\"memory\"} 1\n"));
    CHECK(fixture.eventually_shows("opsmon_config_last_reload_successful 1\n"));
    CHECK(fixture.eventually_shows("process_resident_memory_bytes "));
    CHECK(Fixture::eventually([&] { return fixture.client.Get("/-/ready")->status == 200; }));
}

TEST_CASE("keeps_the_old_configuration_when_the_new_one_is_bad") {
    test::HttpPeer peer;
    const std::string url = "http://127.0.0.1:" + std::to_string(peer.port()) + "/status/200";
    Fixture fixture("services: [{name: old, url: '" + url + "'}]\n");
    REQUIRE(fixture.eventually_shows("service_health_status{service=\"old\"} 1\n"));
    fixture.write("services: [{name: new, url: '" + url + "'}]\nsurprise: 1\n");
    const auto answer = fixture.client.Post("/-/reload");
    REQUIRE(answer);
    CHECK(answer->status == 500);
    CHECK(answer->body.find("opsmon.yml:2: surprise") != std::string::npos);
    CHECK(fixture.eventually_shows("opsmon_config_last_reload_successful 0\n"));
    CHECK(fixture.eventually_shows("service_health_status{service=\"old\"} 1\n"));
}

TEST_CASE("a_good_reload_replaces_services_and_removes_sources") {
    test::HttpPeer peer;
    const std::string url = "http://127.0.0.1:" + std::to_string(peer.port()) + "/status/200";
    Fixture fixture("services: [{name: old, url: '" + url + "'}]\n");
    REQUIRE(fixture.eventually_shows("service_health_status{service=\"old\"} 1\n"));
    fixture.write("services: [{name: new, url: '" + url + "'}]\n");
    REQUIRE(fixture.client.Post("/-/reload")->status == 200);
    CHECK(fixture.eventually_shows("service_health_status{service=\"new\"} 1\n"));
    CHECK(fixture.client.Get("/metrics")->body.find("\"old\"") == std::string::npos);
    fixture.write("");
    REQUIRE(fixture.client.Post("/-/reload")->status == 200);
    CHECK(Fixture::eventually([&] { return !fixture.shows("service"); }));
}

TEST_CASE("links_lead_to_where_the_sidecar_listens_or_to_what_is_configured") {
    CHECK(external_url("https://m/x", {"127.0.0.1", 9788}, "host", false) == "https://m/x");
    CHECK(external_url("", {"127.0.0.1", 9788}, "host", false) == "http://127.0.0.1:9788");
    CHECK(external_url("", {"127.0.0.1", 9788}, "host", true) == "https://127.0.0.1:9788");
    CHECK(external_url("", {"", 9788}, "host", false) == "http://host:9788");
    CHECK(external_url("", {"0.0.0.0", 1}, "host", false) == "http://host:1");
    CHECK(external_url("", {"::", 1}, "host", false) == "http://host:1");
    CHECK(external_url("", {"::1", 1}, "host", false) == "http://[::1]:1");
}

TEST_CASE("a_fallback_receiver_must_exist") {
    const auto folder =
        std::filesystem::temp_directory_path() / ("opsmon-fallback-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "n.yml") << "route: {receiver: a}\nreceivers: [{name: a}, {name: b}]\n";
    const auto load = [&](const std::string& name) {
        std::ofstream(folder / "opsmon.yml")
            << "alerting:\n  notification_file: n.yml\n  fallback_receiver: " << name << "\n";
        return load_settings(folder / "opsmon.yml");
    };
    const auto good = load("b");
    REQUIRE(good);
    CHECK(good->notification->fallback->receiver == "b");
    CHECK(good->notification->fallback->after_ms == 120'000);
    const auto faulty = load("c");
    REQUIRE_FALSE(faulty);
    CHECK_THAT(faulty.error().message,
               Catch::Contains("opsmon.yml:3: alerting.fallback_receiver: no receiver of ") &&
                   Catch::Contains("is called \"c\""));
    std::filesystem::remove_all(folder);
}

TEST_CASE("a_listen_address_that_changed_is_said_to_need_a_restart") {
    Fixture fixture("");
    const HostPort first = Fixture::free_address();
    fixture.write("web: {listen_address: '" + first.to_string() + "'}\n");
    auto app = App::start({fixture.config_file(), std::nullopt, "/proc"});
    REQUIRE(app);
    fixture.write("web: {listen_address: '127.0.0.1:1'}\n");
    const auto told = (*app)->reload();
    REQUIRE(told);
    CHECK(told->find("stays " + first.to_string() + " until a restart") != std::string::npos);
    CHECK(httplib::Client("127.0.0.1", first.port).Get("/-/healthy")->status == 200);
    CHECK((*app)->stop(steady_now() + 10s));
}

TEST_CASE("a_database_that_hangs_delays_neither_the_page_nor_the_end") {
    test::SilentPeer silent;
    Fixture fixture("postgres: {conninfo: 'host=127.0.0.1 sslmode=disable dbname=x user=x port=" +
                    std::to_string(silent.port()) +
                    "', connect_timeout: 1s}\ncollect: {interval: 2s}\n");
    CHECK(fixture.eventually_shows("opsmon_collector_success{collector=\"memory\"} 1\n"));
    CHECK(fixture.eventually_shows("postgresql_up 0\n"));
    CHECK(fixture.app->stop(steady_now() + 2s));
}

TEST_CASE("a_bad_configuration_does_not_start") {
    const auto missing = App::start({"/does/not/exist.yml", std::nullopt, "/proc"});
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message.find("/does/not/exist.yml") != std::string::npos);
}

TEST_CASE("rules_are_judged_by_the_time_of_the_snapshot_whatever_the_wall_clock_does_meanwhile") {
    const collect::CycleTime shown{1'700'000'000'000, SteadyTime(100s)};
    CHECK(moment_to_judge(shown, SteadyTime(100s)) == 1'700'000'000'000);
    CHECK(moment_to_judge(shown, SteadyTime(104s)) == 1'700'000'004'000);
}
