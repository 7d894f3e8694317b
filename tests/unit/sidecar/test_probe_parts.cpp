#include <catch2/catch.hpp>

#include <filesystem>
#include <set>

#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "collect/probe/http_answer.hpp"
#include "base/redirect.hpp"
#include "collect/probe/postgres_answer.hpp"
#include "collect/probe/probe_document.hpp"
#include "collect/probe/probe_phase.hpp"
#include "collect/probe/unit_state.hpp"
#include "config/load.hpp"
#include "support/scratch_file.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

namespace {

std::string faults_of(const std::string& yaml) {
    const auto config = config::parse_config(yaml, "opsmon.yml");
    return config ? "" : config.error().message;
}

ProbeOutcome outcome(Reason reason, TimestampMs at) {
    ProbeOutcome out;
    out.begun_at = at;
    if (reason != Reason::None) {
        out.fail(reason, "why");
    }
    return out;
}

} // namespace

TEST_CASE("an_http_answer_is_the_same_however_it_is_cut", "[probe]") {
    const std::string bytes = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
                              "Transfer-Encoding: chunked\r\nA:  b \r\n\r\n"
                              "5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nT: u\r\n\r\n";
    for (std::size_t size = 1; size <= bytes.size(); ++size) {
        HttpAnswer answer(false, 100);
        for (std::size_t at = 0; at < bytes.size(); at += size) {
            answer.feed(std::string_view(bytes).substr(at, size));
        }
        CHECK(answer.state() == HttpAnswer::State::Complete);
        CHECK(answer.status() == 200);
        CHECK(answer.body() == "hello!");
        CHECK(answer.header("a") == "b");
    }
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        HttpAnswer answer(false, 100);
        answer.feed(std::string_view(bytes).substr(0, size));
        CHECK(answer.end() == HttpAnswer::State::Malformed);
    }
}

TEST_CASE("a_redirect_leads_where_a_browser_would_go_but_never_out_of_tls", "[probe]") {
    const Url from = *parse_url("https://a.test/x/y?q=1");
    CHECK(redirect_target(from, "/z")->target() == "/z");
    CHECK(redirect_target(from, "z?r")->target() == "/x/z?r");
    CHECK(redirect_target(from, "?r")->target() == "/x/y?r");
    CHECK(redirect_target(from, "//b.test/")->origin() == "https://b.test:443");
    CHECK(redirect_target(from, "https://b.test:8443/")->port == 8443);
    CHECK_FALSE(redirect_target(from, "http://a.test/"));
    CHECK_FALSE(redirect_target(from, "ftp://a.test/"));
    CHECK_FALSE(redirect_target(from, "https://user:pw@a.test/"));
    CHECK_FALSE(same_origin(from, *parse_url("https://a.test:444/")));
}

TEST_CASE("a_postgres_answer_is_waited_for_and_bounded", "[probe]") {
    const std::string whole("R\0\0\0\x08\0\0\0\0", 9);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CHECK_FALSE(parse_postgres_answer(whole.substr(0, size)));
    }
    CHECK(parse_postgres_answer(whole)->verdict == PostgresAnswer::Verdict::Accepting);
    CHECK(parse_postgres_answer("Ecould not fork\n")->verdict ==
          PostgresAnswer::Verdict::NotPostgres);
    CHECK(postgres_startup("u", "d").substr(0, 8) == std::string("\0\0\0A\0\3\0\0", 8));
}

TEST_CASE("units_are_judged_by_their_state", "[probe]") {
    const auto judge = [](const UnitState& state) {
        ProbeOutcome out;
        judge_unit(state, out);
        return out.reason;
    };
    CHECK(judge({"loaded", "active", "running"}) == Reason::None);
    CHECK(judge({"loaded", "reloading", "reload"}) == Reason::None);
    CHECK(judge({"loaded", "failed", "failed"}) == Reason::UnitInactive);
    CHECK(judge({"loaded", "activating", "auto-restart"}) == Reason::UnitInactive);
    CHECK(judge({"not-found", "inactive", "dead"}) == Reason::UnitMissing);
    CHECK(judge({"", "", ""}) == Reason::Protocol);
    CHECK(judge({"loaded", "made-up", ""}) == Reason::Protocol);
}

TEST_CASE("every_reason_and_phase_has_a_name_of_its_own", "[probe]") {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < static_cast<std::size_t>(Reason::Count); ++i) {
        names.insert(to_string(static_cast<Reason>(i)));
    }
    CHECK(names.size() == static_cast<std::size_t>(Reason::Count));
    CHECK_FALSE(names.contains(""));
}

TEST_CASE("failures_are_kept_longer_than_successes", "[probe]") {
    ProbeRecord record;
    for (TimestampMs i = 0; i < 15; ++i) {
        record.add(outcome(Reason::Refused, i));
    }
    for (TimestampMs i = 15; i < 50; ++i) {
        record.add(outcome(Reason::None, i));
    }
    const auto view = record.view();
    CHECK(view.last.size() == 10);
    CHECK(view.last.front().begun_at == 40);
    REQUIRE(view.failures.size() == 10);
    CHECK(view.failures.front().begun_at == 5);
    CHECK(view.summary.failed.at(static_cast<std::size_t>(Reason::Refused)) == 15);
    CHECK(view.summary.last_success_at == 49);
    ProbeRecord next;
    next.continue_from(record);
    CHECK(next.view().failures.size() == 10);
}

TEST_CASE("the_document_is_json_and_bounded", "[probe]") {
    ProbeRecord record;
    ProbeOutcome failed = outcome(Reason::Body, 1000);
    failed.step(std::string("\xff\0<\n", 4));
    record.add(failed);
    config::Service service;
    service.name = "a";
    service.url = *parse_url("http://h.test/x?secret");
    const std::string whole = write_probe_document({{service, record.view()}});
    const auto read = nlohmann::json::parse(whole);
    CHECK(read["status"] == "success");
    CHECK(read["data"]["probes"][0]["last_failures"][0]["reason"] == "body");
    CHECK(read["data"]["probes"][0]["last_failures"][0]["steps"][1] == std::string("?") + "?<?");
    CHECK(whole.find("secret") == std::string::npos);
    const auto small =
        nlohmann::json::parse(write_probe_document({{service, record.view()}}, whole.size() - 1));
    CHECK(small["data"]["steps_left_out"] == true);
    CHECK_FALSE(small["data"]["probes"][0]["last"][0].contains("steps"));
}

TEST_CASE("probes_keep_their_place_in_time_over_a_restart", "[probe]") {
    const auto place = [](TimestampMs now) {
        return (now + first_probe_delay("api", 5s, now).count()) % 5000;
    };
    CHECK(place(1'700'000'000'000) == place(1'700'000'123'456));
    std::set<std::int64_t> delays;
    for (int i = 0; i < 100; ++i) {
        const auto delay = first_probe_delay("s" + std::to_string(i), 1h, 1'700'000'000'000);
        CHECK(delay >= 0ms);
        CHECK(delay < 10s);
        delays.insert(delay.count() / 1000);
    }
    CHECK(delays.size() == 10); // in every second of the ten
}

TEST_CASE("a_secret_of_a_probe_must_exist_and_be_private", "[probe]") {
    const test::ScratchFile secret("s3cret\n");
    const auto fault = [](const std::string& http) {
        const auto config = config::parse_config(
            "services: [{name: a, url: 'http://a.test/', http: {" + http + "}}]\n", "opsmon.yml");
        return config ? std::string() : config.error().message;
    };
    const std::string auth = "basic_auth: {username: u, password_file: " + secret.path() + "}";
    const std::string header = "header_files: ['X-Token: " + secret.path() + "']";
    REQUIRE(::chmod(secret.path().c_str(), 0644) == 0);
    CHECK(fault(auth).find("password_file: " + secret.path() + " is open to every user") !=
          std::string::npos);
    CHECK(fault(header).find("chmod o-rwx") != std::string::npos);
    REQUIRE(::chmod(secret.path().c_str(), 0600) == 0);
    CHECK(fault(auth).empty());
    CHECK(fault(header).empty());
    // Whoever takes the wrong key writes the secret itself there.
    const auto missing = fault("basic_auth: {username: u, password_file: hunter2}");
    CHECK(missing.find("cannot open the file this key names") != std::string::npos);
    CHECK(missing.find("hunter2") == std::string::npos);
}

TEST_CASE("probes_of_every_kind_are_read_from_the_settings", "[probe]") {
    const test::ScratchFile password("s3cret\n");
    REQUIRE(::chmod(password.path().c_str(), 0600) == 0);
    const auto name = std::filesystem::path(password.path()).filename().string();
    const auto config = config::parse_config(R"(
services:
  - {name: a, url: 'https://a.test/', http: {method: POST, body: x, expect_status: [204, 300-399],
     redirects: follow, headers: ['X-A: b: c'], basic_auth: {username: u, password_file: )" +
                                                 name + R"(}},
     tls: {insecure_skip_verify: true}}
  - {name: b, tcp: 'b.test:6379', steps: [{send: "PING\r\n", expect: '^\+PONG'}]}
  - {name: c, systemd: 'nginx.service'}
  - {name: d, postgres: '/run/postgresql'}
  - {name: e, postgres: '[::1]:6432'}
)",
                                             password.path() + ".yml");
    REQUIRE(config);
    const auto& services = config->services;
    CHECK(services[0].http.statuses == std::vector<config::StatusRange>{{204, 204}, {300, 399}});
    CHECK(services[0].http.headers == std::vector<config::HeaderText>{{"X-A", "b: c"}});
    CHECK(services[0].http.password_file == password.path());
    CHECK(services[0].tls.insecure_skip_verify);
    CHECK(services[1].steps == std::vector<config::TcpStep>{{"PING\r\n", "^\\+PONG"}});
    CHECK(services[2].unit == "nginx.service");
    CHECK(services[3].socket_path == "/run/postgresql/.s.PGSQL.5432");
    CHECK(services[4].address == HostPort{"::1", 6432});
}

TEST_CASE("what_does_not_fit_together_in_a_probe_is_a_fault", "[probe]") {
    const auto fault = [](const std::string& keys) {
        return faults_of("services: [{name: a, " + keys + "}]");
    };
    const std::string url = "url: 'http://a.test/', ";
    CHECK_THAT(fault(url + "tcp: 'b:1'"), Catch::Contains("more than one"));
    CHECK_THAT(fault("interval: 5s"), Catch::Contains("needs a url"));
    CHECK_THAT(fault("tcp: ':80'"), Catch::Contains("host:port"));
    CHECK_THAT(fault("tcp: 'b:1', http: {method: GET}"), Catch::Contains("url only"));
    CHECK_THAT(fault("systemd: '../x'"), Catch::Contains("name of a unit"));
    CHECK_THAT(fault(url + "steps: [{send: x}]"), Catch::Contains("tcp only"));
    CHECK_THAT(fault(url + "http: {body_matches: ['(']}"), Catch::Contains("not a pattern"));
    CHECK_THAT(fault(url + "http: {expect_status: [200-]}"), Catch::Contains("range"));
    CHECK_THAT(fault(url + "http: {headers: [\"A: b\\r\\nC: d\"]}"), Catch::Contains("header"));
    CHECK_THAT(fault(url + "http: {method: PUT}"), Catch::Contains("GET, HEAD, POST"));
    CHECK_THAT(fault(url + "tls: {insecure_skip_verify: yes}"), Catch::Contains("true nor false"));
    CHECK_THAT(fault(url + "http: {made_up: 1}"), Catch::Contains("not a key here"));
}
