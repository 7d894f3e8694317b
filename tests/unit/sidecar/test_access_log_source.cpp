#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "collect/access_log/access_log.hpp"
#include "support/report_series.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

class Logs {
public:
    Logs() {
        char name[] = "/tmp/opsmon_logs_XXXXXX";
        path = ::mkdtemp(name);
        store = *store::Store::open(path + "/store");
    }
    ~Logs() { fs::remove_all(path); }
    Logs(const Logs&) = delete;
    Logs& operator=(const Logs&) = delete;

    void append(const std::string& name, const std::string& text) const {
        std::ofstream(path + "/" + name, std::ios::app) << text;
    }

    // Each has a log of its own, which is there.
    [[nodiscard]] std::vector<config::AccessLog> services(int count) const {
        std::vector<config::AccessLog> out;
        for (int i = 0; i < count; ++i) {
            const std::string name = "s" + std::to_string(i);
            append(name, "");
            out.push_back(service(name, name));
        }
        return out;
    }

    [[nodiscard]] config::AccessLog service(const std::string& name,
                                            const std::string& pattern) const {
        config::AccessLog log;
        log.service = name;
        log.path = path + "/" + pattern;
        log.format = config::AccessLogFormat::Json;
        return log;
    }

    [[nodiscard]] std::unique_ptr<AccessLogSource>
    follow(const std::vector<config::AccessLog>& services,
           const AccessLogSource* predecessor = nullptr, LogFileLimits files = {1000, 1000}) const {
        return std::make_unique<AccessLogSource>(services, store, nullptr, 1h, predecessor, files);
    }

    std::string path;
    std::shared_ptr<store::Store> store;
};

std::string line(int status, const std::string& path, const std::string& client) {
    return "{\"status\":" + std::to_string(status) + ",\"request_time\":0.1,\"request\":\"GET " +
           path + " HTTP/1.1\",\"remote_addr\":\"" + client + "\"}\n";
}

// 50 codes, 40 busy endpoints and as many clients.
std::string many_lines() {
    std::string out;
    for (int i = 0; i < 50; ++i) {
        const std::string letters{static_cast<char>('a' + i % 20), static_cast<char>('a' + i % 2)};
        for (int times = 0; times < 10; ++times) {
            out += line(200 + i, "/" + letters, "10.0." + std::to_string(i % 40) + ".1");
        }
    }
    return out;
}

// Looks, has all the lines written, and looks until the busiest are shown.
CollectorReport collect_busy(const Logs& logs, AccessLogSource& source, int services) {
    const SteadyTime start = steady_now();
    (void)source.collect({0, start}, StopSignal());
    for (int i = 0; i < services; ++i) {
        logs.append("s" + std::to_string(i), many_lines());
    }
    (void)source.collect({0, start + 1s}, StopSignal());
    return source.collect({0, start + 13s}, StopSignal()).at(0);
}

std::size_t count_of(const CollectorReport& report, const std::string& begin) {
    std::size_t count = 0;
    for (const auto& [name, value] : test::series_of(report)) {
        count += name.starts_with(begin) ? 1 : 0;
    }
    return count;
}

} // namespace

TEST_CASE("what_is_shown_of_services_fits_into_one_report", "[access_log][limits]") {
    CHECK(shown_by_each(1) == 20);
    CHECK(shown_by_each(14) == 20);
    CHECK(shown_by_each(15) == 19);
    CHECK(shown_by_each(30) == 2);
    CHECK(shown_by_each(1000) == 0);
}

TEST_CASE("thirty_busy_services_lose_no_series", "[access_log][limits]") {
    const Logs logs;
    const auto source = logs.follow(logs.services(30));
    const CollectorReport report = collect_busy(logs, *source, 30);
    CHECK(report.samples.dropped_limit() == 0);
    CHECK(count_of(report, "service_log_followed ") == 30);
    const auto series = test::series_of(report);
    for (int i = 0; i < 30; ++i) {
        const std::string service = " s" + std::to_string(i);
        CAPTURE(service);
        CHECK(series.at("service_log_followed" + service) == 1);
        CHECK(count_of(report, "service_requests_total" + service + ' ') == 21);
        CHECK(series.at("service_requests_total" + service + " other") == 300);
        CHECK(count_of(report, "service_endpoint_requests_total" + service + ' ') == 3);
    }
}

TEST_CASE("the_health_of_all_logs_comes_before_what_they_say", "[access_log][limits]") {
    const Logs logs;
    const auto source = logs.follow(logs.services(300)); // more than the settings allow
    const CollectorReport report = collect_busy(logs, *source, 300);
    CHECK(report.samples.dropped_limit() > 0);
    CHECK(count_of(report, "service_log_followed ") == 300);
}

TEST_CASE("a_reload_to_more_services_has_kept_ones_show_less", "[access_log][limits]") {
    const Logs logs;
    const auto few = logs.follow(logs.services(10));
    const CollectorReport before = collect_busy(logs, *few, 10);
    CHECK(count_of(before, "service_endpoint_requests_total s3 ") == 21);
    const auto many = logs.follow(logs.services(30), few.get());
    const CollectorReport after = many->collect({0, steady_now() + 14s}, StopSignal()).at(0);
    CHECK(count_of(after, "service_endpoint_requests_total s3 ") == 3);
    CHECK(count_of(after, "service_client_requests_total s3 ") == 3);
    CHECK(test::series_of(after).at("service_requests_total s3 200") == 10);
    CHECK(after.samples.dropped_limit() == 0);
}

TEST_CASE("logs_beyond_the_limit_of_files_are_said_not_to_be_followed", "[access_log][limits]") {
    const Logs logs;
    const auto source = logs.follow(logs.services(5), nullptr, {3, 6});
    const SteadyTime start = steady_now();
    (void)source->collect({0, start}, StopSignal());
    const auto series = test::series_of(source->collect({0, start + 1s}, StopSignal()).at(0));
    double followed = 0;
    for (int i = 0; i < 5; ++i) {
        followed += series.at("service_log_followed s" + std::to_string(i));
    }
    CHECK(followed == 3);
    CHECK(source->document()().find("too many access logs are open") != std::string::npos);
}

TEST_CASE("a_rotation_without_room_waits_for_old_files_and_loses_nothing", "[access_log][limits]") {
    const Logs logs;
    const auto source = logs.follow(logs.services(1), nullptr, {1, 1});
    const SteadyTime start = steady_now();
    const auto count = [&](std::chrono::seconds after) {
        const auto series = test::series_of(source->collect({0, start + after}, {}).at(0));
        const auto found = series.find("service_requests_total s0 200");
        return found == series.end() ? 0 : found->second;
    };
    CHECK(count(0s) == 0);
    logs.append("s0", line(200, "/a", "10.0.0.1"));
    CHECK(count(1s) == 1);
    fs::rename(logs.path + "/s0", logs.path + "/s0.1");
    logs.append("s0", line(200, "/b", "10.0.0.1"));
    CHECK(count(2s) == 0);  // nobody knows while the new one is not followed
    CHECK(count(62s) == 0); // the old one is closed
    CHECK(count(63s) == 2);
}

TEST_CASE("a_service_none_of_whose_logs_can_be_read_is_silent", "[access_log]") {
    const Logs logs;
    const auto source = logs.follow({logs.service("two", "two-*"), logs.service("one", "one")});
    const SteadyTime start = steady_now();
    for (const char* name : {"two-a", "two-b", "one"}) {
        logs.append(name, line(200, "/a", "10.0.0.1"));
    }
    CHECK(source->collect({0, start}, StopSignal()).at(0).silent.empty());
    // A folder in the place of a log: one that is only gone is still held open.
    const auto replace = [&](const std::string& name) {
        fs::remove(logs.path + "/" + name);
        fs::create_directory(logs.path + "/" + name);
    };
    const auto look_after = [&](std::chrono::seconds time) {
        CollectorReport last;
        for (auto at = time; at < time + 100s; at += 6s) {
            last = source->collect({0, start + at}, StopSignal()).at(0);
        }
        return last;
    };
    replace("two-a");
    const auto half = look_after(10s);
    REQUIRE(half.silent.size() == 1); // though the other one goes on being counted
    CHECK(test::series_of(half).at("service_log_followed two") == 0);
    CHECK(test::series_of(half).contains("service_response_bytes_total two"));
    replace("two-b");
    const auto whole = look_after(200s);
    REQUIRE(whole.silent.size() == 1);
    CHECK(whole.silent[0].value == "two");
    CHECK_FALSE(test::series_of(whole).contains("service_response_bytes_total two"));
    CHECK(test::series_of(whole).contains("service_response_bytes_total one"));
}

TEST_CASE("a_log_replaced_by_what_is_none_is_told_once", "[access_log]") {
    std::ostringstream told;
    const auto usual = spdlog::default_logger();
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(told)));
    const Logs logs;
    const auto source = logs.follow({logs.service("dated", "dated-*")});
    const SteadyTime start = steady_now();
    logs.append("dated-1", line(200, "/a", "10.0.0.1"));
    (void)source->collect({0, start}, StopSignal());
    fs::remove(logs.path + "/dated-1");
    fs::create_directory(logs.path + "/dated-1");
    for (int i = 1; i < 20; ++i) {
        (void)source->collect({0, start + i * 6s}, StopSignal());
    }
    spdlog::set_default_logger(usual);
    std::size_t warnings = 0;
    for (auto at = told.str().find("warning"); at != std::string::npos;
         at = told.str().find("warning", at + 1)) {
        ++warnings;
    }
    CAPTURE(told.str());
    CHECK(warnings == 1);
}

TEST_CASE("the_place_in_a_dated_log_that_is_gone_is_forgotten", "[access_log]") {
    const Logs logs;
    const auto source = logs.follow({logs.service("dated", "dated-*")});
    const SteadyTime start = steady_now();
    const std::string key = "dated " + logs.path + "/dated-1";
    logs.append("dated-1", line(200, "/a", "10.0.0.1"));
    logs.append("dated-2", line(200, "/a", "10.0.0.1"));
    (void)source->collect({0, start}, StopSignal());
    CHECK(logs.store->read("access_log", key)->has_value());
    fs::remove(logs.path + "/dated-1");
    for (int i = 1; i < 5; ++i) {
        (void)source->collect({0, start + i * 6s}, StopSignal());
    }
    CHECK_FALSE(logs.store->read("access_log", key)->has_value());
    CHECK(logs.store->read("access_log", "dated " + logs.path + "/dated-2")->has_value());
}
