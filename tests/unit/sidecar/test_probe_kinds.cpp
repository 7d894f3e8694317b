#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include "base/scheduler.hpp"
#include "collect/probe/probe_kinds.hpp"
#include "support/probe_peer.hpp"
#include "support/raw_peer.hpp"
#include "support/scratch_file.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;
using config::ProbeKind;
using config::Redirects;
using test::answers;
using test::ProbePeer;

namespace {

const std::string kFine = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Role: primary\r\n\r\nhello";

config::Service http(int port, const std::string& path = "/") {
    config::Service out;
    out.name = "web";
    out.url = *parse_url("http://127.0.0.1:" + std::to_string(port) + path);
    return out;
}

config::Service other(ProbeKind kind, int port) {
    config::Service out;
    out.name = "other";
    out.kind = kind;
    out.address = {"127.0.0.1", static_cast<std::uint16_t>(port)};
    return out;
}

// Long, so that a slow machine does not turn one reason into another.
ProbeOutcome probe(const config::Service& service, std::chrono::milliseconds timeout = 20s) {
    Resolver resolver;
    return run_probe(service, resolver, steady_now() + timeout);
}

std::string reason(const config::Service& service, std::chrono::milliseconds timeout = 20s) {
    return std::string(to_string(probe(service, timeout).reason));
}

std::string reason_of_answer(const std::string& answer) {
    ProbePeer peer(answers(answer));
    return reason(http(peer.port()));
}

} // namespace

TEST_CASE("an_http_probe_tells_status_and_phases", "[probe]") {
    ProbePeer peer(answers(kFine));
    const ProbeOutcome outcome = probe(http(peer.port()));
    CHECK(outcome.good());
    CHECK(outcome.http_status == 200);
    for (const Phase phase : {Phase::Resolve, Phase::Connect, Phase::FirstByte, Phase::Transfer}) {
        CHECK(outcome.phase_seconds.at(static_cast<std::size_t>(phase)));
    }
    CHECK_FALSE(outcome.phase_seconds.at(static_cast<std::size_t>(Phase::Tls)));
}

TEST_CASE("every_broken_http_answer_has_its_reason", "[probe]") {
    CHECK(reason_of_answer("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n") == "status");
    CHECK(reason_of_answer("HTTP/1.1 404 No\r\n\r\nnothing here") == "status");
    CHECK(reason_of_answer("SSH-2.0-OpenSSH_9.2\r\n") == "protocol");
    CHECK(reason_of_answer(std::string("\x16\x03\x01\0\1\2", 6)) == "protocol");
    CHECK(reason_of_answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort") == "protocol");
    CHECK(reason_of_answer("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n") == "too_large");
    CHECK(reason_of_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n") ==
          "protocol");
    CHECK(reason_of_answer("") == "protocol");
    CHECK(reason_of_answer(
              "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\nokokok") ==
          "protocol");
    CHECK(reason_of_answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok") ==
          "none");
}

TEST_CASE("a_wrong_status_is_named_before_a_page_that_is_too_long", "[probe]") {
    CHECK(reason_of_answer("HTTP/1.1 500 Oh\r\nContent-Length: 99999999\r\n\r\n") == "status");
}

TEST_CASE("a_body_in_very_many_chunks_is_read_and_has_its_limit", "[probe]") {
    const auto chunked = [](int count, const std::string& end) {
        std::string out = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (int i = 0; i < count; ++i) {
            out += "1\r\nx\r\n";
        }
        return out + end;
    };
    CHECK(reason_of_answer(chunked(20'000, "0\r\n\r\n")) == "none");
    CHECK(reason_of_answer(chunked(300'000, "0\r\n\r\n")) == "too_large");
}

TEST_CASE("a_ca_file_that_is_a_pipe_is_refused_and_not_waited_for", "[probe]") {
    const test::ScratchFile beside("");
    const std::string pipe = beside.path() + ".pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    ProbePeer peer(answers(kFine));
    config::Service service = http(peer.port());
    service.url.tls = true;
    service.tls.ca_file = pipe;
    const ProbeOutcome outcome = probe(service);
    CHECK(to_string(outcome.reason) == "settings");
    CHECK(outcome.detail.find("not a file but a pipe") != std::string::npos);
}

TEST_CASE("headers_and_bodies_without_end_end_at_a_limit", "[probe]") {
    test::EndlessPeer headers("HTTP/1.1 200 OK\r\n", std::string(8000, 'a') + ": b\r\n", 0ms);
    CHECK(reason(http(headers.port())) == "too_large");
    test::EndlessPeer body("HTTP/1.1 200 OK\r\n\r\n", std::string(16000, 'x'), 0ms);
    CHECK(reason(http(body.port())) == "too_large");
    CHECK(body.sent_bytes() < 64 * 1024 * 1024);
}

TEST_CASE("an_answer_that_drips_ends_at_the_time_out", "[probe]") {
    test::EndlessPeer headers("HTTP/1.1 200 OK\r\nX: ", "a", 1ms);
    CHECK(reason(http(headers.port()), 200ms) == "timeout");
    test::EndlessPeer body("HTTP/1.1 200 OK\r\n\r\n", "a", 1ms);
    CHECK(reason(http(body.port()), 200ms) == "timeout");
}

TEST_CASE("a_reset_and_a_refusal_are_told_apart", "[probe]") {
    ProbePeer resets([](int fd) {
        test::read_request(fd);
        const linger now{1, 0};
        ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    });
    CHECK(reason(http(resets.port())) == "reset");
    int closed_port = 0;
    {
        ProbePeer gone(answers(kFine));
        closed_port = gone.port();
    }
    CHECK(reason(http(closed_port)) == "refused");
}

TEST_CASE("body_and_headers_are_matched", "[probe]") {
    ProbePeer peer(answers(kFine));
    config::Service service = http(peer.port());
    service.http.body_patterns = {"^hel+o$"};
    service.http.header_patterns = {{"x-role", "primary|leader"}};
    CHECK(reason(service) == "none");
    service.http.forbidden_body_patterns = {"ell"};
    CHECK(reason(service) == "body");
    service.http.forbidden_body_patterns.clear();
    service.http.body_patterns = {"bye"};
    CHECK(reason(service) == "body");
    service.http.header_patterns = {{"x-role", "standby"}};
    CHECK(reason(service) == "header");
    service.http.header_patterns = {{"x-none", ".*"}};
    CHECK(reason(service) == "header");
}

TEST_CASE("redirects_are_judged_refused_or_followed_as_the_settings_say", "[probe]") {
    ProbePeer end(answers(kFine));
    ProbePeer peer(
        answers("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://127.0.0.1:" +
                std::to_string(end.port()) + "/secret/there?secret\r\n\r\n"));
    config::Service service = http(peer.port());
    CHECK(probe(service).http_status == 302);
    CHECK(reason(service) == "none");
    service.http.redirects = Redirects::Refuse;
    CHECK(reason(service) == "redirect");
    service.http.redirects = Redirects::Follow;
    const ProbeOutcome outcome = probe(service);
    CHECK(outcome.good());
    CHECK(outcome.http_status == 200);
    for (const std::string& step : outcome.steps) {
        CHECK(step.find("secret") == std::string::npos);
    }
}

TEST_CASE("redirects_in_a_circle_and_without_end_are_found", "[probe]") {
    ProbePeer circle(answers("HTTP/1.1 301 M\r\nContent-Length: 0\r\nLocation: /\r\n\r\n"));
    config::Service service = http(circle.port());
    service.http.redirects = Redirects::Follow;
    CHECK(reason(service) == "redirect");
    CHECK(circle.connections() == 1);
    std::atomic<int> hop = 0;
    ProbePeer endless([&hop](int fd) {
        test::read_request(fd);
        test::write_all(fd, "HTTP/1.1 301 M\r\nContent-Length: 0\r\nLocation: /" +
                                std::to_string(++hop) + "\r\n\r\n");
    });
    service = http(endless.port());
    service.http.redirects = Redirects::Follow;
    CHECK(reason(service) == "redirect");
    CHECK(hop == 11);
}

TEST_CASE("secrets_go_to_the_configured_origin_only", "[probe]") {
    const test::ScratchFile password("s3cret\n");
    REQUIRE(::chmod(password.path().c_str(), 0600) == 0);
    std::string home_request;
    std::string away_request;
    config::Service service;
    ProbeOutcome outcome;
    {
        ProbePeer away([&](int fd) {
            away_request = test::read_request(fd);
            test::write_all(fd, kFine);
        });
        ProbePeer home([&](int fd) {
            home_request = test::read_request(fd);
            test::write_all(fd,
                            "HTTP/1.1 302 F\r\nContent-Length: 0\r\nLocation: http://127.0.0.1:" +
                                std::to_string(away.port()) + "/\r\n\r\n");
        });
        service = http(home.port());
        service.http.redirects = Redirects::Follow;
        service.http.username = "probe";
        service.http.password_file = password.path();
        service.http.headers = {{"X-Key", "k1"}};
        service.http.header_files = {{"X-Token", password.path()}};
        outcome = probe(service);
    }
    CHECK(outcome.good());
    CHECK(home_request.find("Authorization: Basic cHJvYmU6czNjcmV0\r\n") != std::string::npos);
    CHECK(home_request.find("X-Token: s3cret\r\n") != std::string::npos);
    CHECK(away_request.find("GET / HTTP/1.1\r\n") == 0);
    CHECK(away_request.find("Authorization") == std::string::npos);
    CHECK(away_request.find("X-Token") == std::string::npos);
    CHECK(away_request.find("X-Key") == std::string::npos);
}

TEST_CASE("a_unix_socket_is_asked_instead_of_the_network", "[probe]") {
    const test::ScratchFile place("");
    const std::string path = place.path() + ".socket";
    {
        ProbePeer peer(answers(kFine), path);
        config::Service service = http(1);
        service.http.unix_socket = path;
        CHECK(reason(service) == "none");
    }
    ::unlink(path.c_str());
    config::Service service = http(1);
    service.http.unix_socket = path;
    CHECK(reason(service) == "refused");
}

TEST_CASE("certificates_are_verified_and_their_expiry_is_told_anyway", "[probe]") {
    const test::Certificate ca = test::make_certificate("ca.test", 900'000);
    const test::ScratchFile ca_file(ca.pem());
    const auto now = static_cast<std::int64_t>(wall_now() / 1000);
    const auto outcome_of = [&](const test::Certificate& own, const std::string& server_name,
                                bool skip) {
        ProbePeer peer(test::answers_over_tls(own, kFine));
        config::Service service = http(peer.port());
        service.url.tls = true;
        service.tls.ca_file = ca_file.path();
        service.tls.server_name = server_name;
        service.tls.insecure_skip_verify = skip;
        return probe(service);
    };
    const auto good = test::make_certificate("web.test", 5000, &ca);
    const ProbeOutcome fine = outcome_of(good, "web.test", false);
    CHECK(fine.detail.empty());
    CHECK(fine.good());
    CHECK(std::abs(fine.tls_expiry.value_or(0) - now - 5000) < 60);
    CHECK(outcome_of(good, "else.test", false).reason == Reason::TlsName);
    CHECK(outcome_of(good, "", false).reason == Reason::TlsName); // for the address
    const auto expired = test::make_certificate("web.test", -5000, &ca);
    const ProbeOutcome late = outcome_of(expired, "web.test", false);
    CHECK(late.reason == Reason::TlsExpired);
    CHECK(std::abs(late.tls_expiry.value_or(0) - now + 5000) < 60);
    const auto self_signed = test::make_certificate("web.test", 5000);
    const ProbeOutcome own = outcome_of(self_signed, "web.test", false);
    CHECK(own.reason == Reason::TlsUntrusted);
    CHECK(own.tls_expiry);
    CHECK_FALSE(own.http_status);
    CHECK(outcome_of(self_signed, "web.test", true).good());
}

TEST_CASE("a_tls_handshake_with_a_plain_server_fails_or_ends_in_time", "[probe]") {
    ProbePeer plain([](int fd) { test::write_all(fd, "220 mail ready\r\n"); });
    config::Service service = http(plain.port());
    service.url.tls = true;
    const std::string plain_reason = reason(service);
    CHECK((plain_reason == "tls_handshake" || plain_reason == "reset"));
    ProbePeer silent([](int fd) {
        char c = 0;
        while (::recv(fd, &c, 1, 0) > 0) {
        }
    });
    service = http(silent.port());
    service.url.tls = true;
    CHECK(reason(service, 200ms) == "timeout");
}

TEST_CASE("a_name_lookup_that_hangs_ends_at_the_time_out_and_holds_up_no_other", "[probe]") {
    ProbePeer peer(answers(kFine));
    auto gate = std::make_shared<StopSignal>();
    Resolver resolver([gate](const std::string& host) -> Result<std::vector<SocketAddress>> {
        if (host == "hangs.test") {
            gate->wait_until(steady_now() + 60s);
        }
        return look_up("127.0.0.1");
    });
    config::Service hangs = http(peer.port());
    hangs.url.host = "hangs.test";
    config::Service works = http(peer.port());
    works.url.host = "works.test";
    for (int i = 0; i < 3; ++i) {
        CHECK(run_probe(hangs, resolver, steady_now() + 50ms).reason == Reason::Dns);
        CHECK(run_probe(works, resolver, steady_now() + 20s).good());
    }
    gate->request();
    CHECK(run_probe(hangs, resolver, steady_now() + 20s).good());
}

TEST_CASE("a_tcp_probe_goes_through_its_steps", "[probe]") {
    ProbePeer peer([](int fd) {
        test::write_all(fd, "220 mail ready\r\n");
        char buffer[6];
        if (::recv(fd, buffer, sizeof buffer, MSG_WAITALL) == 6) {
            test::write_all(fd, "250 fine\r\n");
        }
    });
    config::Service service = other(ProbeKind::Tcp, peer.port());
    CHECK(reason(service) == "none");
    service.steps = {{"", "^220 "}, {"HELO\r\n", "250 fine"}};
    CHECK(reason(service) == "none");
    service.steps = {{"", "^220 "}, {"HELO\r\n", "^999"}};
    CHECK(reason(service) == "expect");
    test::EndlessPeer endless("", std::string(4000, 'x'), 0ms);
    service = other(ProbeKind::Tcp, endless.port());
    service.steps = {{"", "never"}};
    CHECK(reason(service) == "too_large");
}

TEST_CASE("a_postgres_probe_tells_accepting_from_not_accepting", "[probe]") {
    const auto says = [](std::string bytes) {
        ProbePeer peer([bytes = std::move(bytes)](int fd) {
            char c = 0;
            ::recv(fd, &c, 1, 0);
            test::write_all(fd, bytes);
            while (::recv(fd, &c, 1, 0) > 0) {
            }
        });
        return reason(other(ProbeKind::Postgres, peer.port()));
    };
    const auto error = [](const std::string& state) {
        const std::string fields = "SFATAL" + std::string(1, '\0') + "C" + state +
                                   std::string(1, '\0') + "Mwhy" + std::string(2, '\0');
        return std::string("E\0\0\0", 4) + static_cast<char>(fields.size() + 4) + fields;
    };
    CHECK(says(std::string("R\0\0\0\x08\0\0\0\x03", 9)) == "none");
    CHECK(says(error("57P03")) == "not_accepting");
    CHECK(says(error("53300")) == "none"); // too many connections: alive, as pg_isready has it
    CHECK(says(error("28000")) == "none");
    CHECK(says("HTTP/1.1 400 Bad Request\r\n\r\n") == "protocol");
    CHECK(says(std::string("E\xff\xff\xff\xff", 5)) == "protocol");
}
