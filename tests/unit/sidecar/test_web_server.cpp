#include <catch2/catch.hpp>

#include <httplib.h>

#include "support/http_peer.hpp"
#include "support/raw_peer.hpp"
#include "support/web_server.hpp"
#include "web/server.hpp"

using namespace opsmon;
using namespace std::chrono_literals;

using Fixture = test::WebServer;

TEST_CASE("serves_the_newest_snapshot_as_it_was_written") {
    Fixture fixture;
    CHECK(fixture.client.Get("/metrics")->status == 503);
    fixture.put("a 1\n");
    const auto first = fixture.client.Get("/metrics");
    REQUIRE(first);
    CHECK(first->status == 200);
    CHECK(first->body == "a 1\n");
    CHECK(first->get_header_value("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
    CHECK(first->get_header_value("Content-Length") == "4");
    const std::string large(3'000'000, 'x');
    fixture.put(large);
    CHECK(fixture.client.Get("/metrics")->body == large);
    const auto head = fixture.client.Head("/metrics");
    CHECK(head->status == 200);
    CHECK_FALSE(head->has_header("Accept-Ranges"));
}

TEST_CASE("is_healthy_at_once_and_ready_when_told_so") {
    Fixture fixture;
    CHECK(fixture.client.Get("/-/healthy")->status == 200);
    CHECK(fixture.client.Get("/-/ready")->status == 503);
    fixture.ready = true;
    CHECK(fixture.client.Get("/-/ready")->status == 200);
}

TEST_CASE("the_runbook_of_an_alert_is_served") {
    Fixture fixture;
    const auto found = fixture.client.Get("/runbooks/ReplicationConsumerVanished");
    REQUIRE(found);
    CHECK(found->status == 200);
    CHECK(found->get_header_value("Content-Type").starts_with("text/plain"));
    CHECK_THAT(found->body, Catch::StartsWith("ReplicationConsumerVanished\n\ncritical") &&
                                Catch::Contains("pg_drop_replication_slot") &&
                                !Catch::Contains("ReplicationConsumerStalled"));
    CHECK(fixture.client.Get("/runbooks/Nobody")->status == 404);
    CHECK(fixture.client.Get("/runbooks/" + std::string(1000, 'x'))->status == 404);
    CHECK(fixture.client.Get("/runbooks/")->status == 404);
}

TEST_CASE("a_reload_tells_what_came_of_it") {
    Fixture fixture;
    auto answer = fixture.client.Post("/-/reload");
    CHECK(answer->status == 200);
    CHECK(answer->body == "reloaded\n");
    fixture.reload_result = Error{"opsmon.yml:3: web: wrong"};
    answer = fixture.client.Post("/-/reload");
    CHECK(answer->status == 500);
    CHECK(answer->body == "opsmon.yml:3: web: wrong\n");
    answer = fixture.client.Get("/-/reload");
    CHECK(answer->status == 405);
    CHECK(answer->get_header_value("Allow") == "OPTIONS, POST");
    CHECK(answer->body == "GET is not taken here; these are: OPTIONS, POST\n");
}

TEST_CASE("a_method_that_an_address_does_not_take_is_refused_whatever_is_sent_with_it", "[web]") {
    Fixture fixture;
    fixture.client.set_read_timeout(3s); // less than the server would wait for a body
    for (const char* method : {"PUT", "PATCH", "DELETE", "POST", "TRACE", "CONNECT"}) {
        CAPTURE(method);
        httplib::Request request;
        request.method = method;
        request.path = "/metrics";
        const auto refused = fixture.client.send(request);
        REQUIRE(refused);
        CHECK(refused->status == 405);
        CHECK(refused->get_header_value("Allow") == "GET, HEAD, OPTIONS");
    }
    // More than is read with the head: closing at once would take the answer away.
    const auto with_body = fixture.client.Put("/metrics", std::string(30'000, 'x'), "text/plain");
    REQUIRE(with_body);
    CHECK(with_body->status == 405);
    CHECK(fixture.client.Put("/nothing", "x", "text/plain")->status == 404);
    CHECK(fixture.client.Put("/api/v1/probes", "x", "text/plain")->status == 404);
    const auto asked = fixture.client.Options("/metrics");
    CHECK(asked->status == 204);
    CHECK(asked->get_header_value("Allow") == "GET, HEAD, OPTIONS");
    CHECK(fixture.client.Options("/nothing")->status == 404);
}

TEST_CASE("pages_of_other_origins_may_read_nothing", "[web]") {
    Fixture fixture;
    const httplib::Headers headers = {{"Origin", "http://elsewhere.example"},
                                      {"Access-Control-Request-Method", "POST"}};
    const auto tells_nobody = [](const httplib::Result& answer) {
        REQUIRE(answer);
        for (const auto& [name, value] : answer->headers) {
            CAPTURE(name);
            CHECK_FALSE(name.starts_with("Access-Control"));
        }
    };
    for (const char* path : {"/metrics", "/api/v1/probes", "/api/v2/alerts", "/"}) {
        CAPTURE(path);
        tells_nobody(fixture.client.Get(path, headers));
        tells_nobody(fixture.client.Options(path, headers));
    }
}

TEST_CASE("what_is_no_request_is_told_so", "[web]") {
    Fixture fixture;
    for (const char* line : {"hello", "FOO / HTTP/1.1", "get / HTTP/1.1"}) {
        test::RawClient client(fixture.address.port);
        client.send(std::string(line) + "\r\nHost: x\r\n\r\n");
        const std::string answer = client.receive_all();
        CAPTURE(line, answer);
        CHECK(answer.starts_with("HTTP/1.1 400 "));
        CHECK(answer.ends_with("this is no request of HTTP, or its form is broken\n"));
    }
}

TEST_CASE("a_dashboard_of_ones_own_is_shown_instead_of_the_pages", "[web]") {
    auto own = std::make_shared<const web::DashboardFile>(web::DashboardFile{"{1}", "own-1"});
    std::shared_ptr<const web::DashboardFile> in_use;
    web::Handlers handlers;
    handlers.own_dashboard = [&] { return in_use; };
    const HostPort address = Fixture::free_address();
    auto server = web::Server::listen(address, std::move(handlers));
    REQUIRE(server);
    httplib::Client client("127.0.0.1", address.port);
    client.set_decompress(false);
    const httplib::Headers headers = {{"Accept-Encoding", "gzip"}};
    const auto before = client.Get("/dashboard.json", headers);
    REQUIRE(before);
    CHECK(before->get_header_value("Content-Encoding") == "gzip");
    in_use = own;
    const auto after = client.Get("/dashboard.json", headers);
    CHECK(after->body == "{1}");
    CHECK(after->get_header_value("Content-Encoding").empty());
    CHECK(after->get_header_value("ETag") == "\"own-1\"");
    CHECK(after->get_header_value("Content-Security-Policy").starts_with("default-src 'none'"));
    const auto known =
        client.Get("/dashboard.json", httplib::Headers{{"If-None-Match", "\"own-1\""}});
    CHECK(known->status == 304);
    in_use = nullptr;
    CHECK(client.Get("/dashboard.json", headers)->body == before->body);
    (*server)->request_stop();
    CHECK((*server)->wait_until_stopped(steady_now() + 30s));
}

TEST_CASE("a_post_without_a_body_or_its_length_is_answered_at_once") {
    Fixture fixture;
    httplib::Request request;
    request.method = "POST";
    request.path = "/-/reload";
    fixture.client.set_read_timeout(3s); // less than the server would wait for a body
    const auto answer = fixture.client.send(request);
    REQUIRE(answer);
    CHECK(answer->body == "reloaded\n");
}

TEST_CASE("the_page_asks_no_other_host_for_anything") {
    Fixture fixture;
    for (const char* path : {"/", "/alerts", "/consumers", "/targets", "/graph"}) {
        const auto answer = fixture.client.Get(path);
        REQUIRE(answer);
        CHECK(answer->status == 200);
        CHECK(answer->get_header_value("Content-Type") == "text/html; charset=utf-8");
        CHECK(answer->get_header_value("X-Content-Type-Options") == "nosniff");
        CHECK(answer->body.find("/metrics") != std::string::npos);
        CHECK(answer->body.find("://") == std::string::npos);
    }
    CHECK(fixture.client.Get("/nothing")->status == 404);
}

TEST_CASE("assets_are_compressed_beforehand_and_nothing_else_is") {
    Fixture fixture;
    fixture.put(std::string(10'000, 'x'));
    fixture.client.set_decompress(false);
    const httplib::Headers headers = {{"Accept-Encoding", "gzip"}};
    const auto script = fixture.client.Get("/page.js", headers);
    REQUIRE(script);
    CHECK(script->get_header_value("Content-Encoding") == "gzip");
    CHECK(script->body.substr(0, 2) == "\x1f\x8b");
    const auto tag = script->get_header_value("ETag");
    const auto again = fixture.client.Get(
        "/page.js", httplib::Headers{{"Accept-Encoding", "gzip"}, {"If-None-Match", tag}});
    CHECK(again->status == 304);
    CHECK(again->body.empty());
    const auto metrics = fixture.client.Get("/metrics", headers);
    CHECK(metrics->get_header_value("Content-Encoding").empty());
    CHECK(metrics->body.size() == 10'000);
}

TEST_CASE("scrape_targets_are_told_without_a_history") {
    Fixture fixture;
    const auto answer = fixture.client.Get("/sd");
    REQUIRE(answer);
    CHECK(answer->get_header_value("Content-Type") == "application/json");
    CHECK(answer->body.find("127.0.0.1:" + std::to_string(fixture.address.port)) !=
          std::string::npos);
}

TEST_CASE("bodies_beyond_the_limit_are_refused") {
    Fixture fixture;
    const auto answer = fixture.client.Post("/-/reload", std::string(100'000, 'x'), "text/plain");
    REQUIRE(answer);
    CHECK(answer->status == 413);
}

TEST_CASE("a_port_that_is_taken_is_said_so") {
    const test::SilentPeer taken;
    const auto listening = web::Server::listen(
        {"127.0.0.1", static_cast<std::uint16_t>(taken.port())}, web::Handlers{});
    REQUIRE_FALSE(listening);
    CHECK(listening.error().message.find("127.0.0.1:" + std::to_string(taken.port())) !=
          std::string::npos);
    CHECK(listening.error().message.find("Address already in use") != std::string::npos);
}

TEST_CASE("two_servers_never_share_a_port") {
    Fixture fixture;
    CHECK_FALSE(web::Server::listen(fixture.address, web::Handlers{}));
}

TEST_CASE("idle_connections_do_not_keep_others_from_an_answer") {
    Fixture fixture;
    fixture.put("a 1\n");
    std::vector<std::unique_ptr<httplib::Client>> idle;
    for (int i = 0; i < 20; ++i) {
        idle.push_back(std::make_unique<httplib::Client>("127.0.0.1", fixture.address.port));
        idle.back()->set_keep_alive(true);
        idle.back()->set_read_timeout(30s);
        CHECK(idle.back()->Get("/-/healthy")->status == 200);
    }
    fixture.client.set_read_timeout(30s);
    CHECK(fixture.client.Get("/metrics")->status == 200);
}

TEST_CASE("endless_headers_and_chunks_are_refused_before_they_take_memory", "[web][limits]") {
    Fixture fixture;
    const std::string line = std::string(4000, 'a');
    const std::string openings[] = {
        "GET / HTTP/1.1\r\nHost: x\r\n",                                             // lines
        "GET / HTTP/1.1\r\nHost: x\r\nX: ",                                          // one line
        "POST /-/nope HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",    // chunks
        "POST /-/reload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",  // the same
        "POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n"}; // long
    for (const std::string& opening : openings) {
        const bool chunked = opening.find("chunked") != std::string::npos;
        const bool lines = opening.ends_with("x\r\n");
        const std::string block = chunked ? "fa0\r\n" + line + "\r\n"
                                  : lines ? "X: " + line + "\r\n"
                                          : line;
        CAPTURE(opening);
        test::RawClient modest(fixture.address.port);
        modest.send(opening);
        for (int i = 0; i < 16; ++i) {
            modest.send(block);
        }
        CHECK(modest.receive_all().find("HTTP/1.1 413") == 0);

        test::RawClient flood(fixture.address.port);
        flood.send(opening);
        std::size_t taken = 0;
        constexpr std::size_t kFarTooMuch = 64 * 1024 * 1024;
        while (taken < kFarTooMuch && flood.send(block) == block.size()) {
            taken += block.size();
        }
        CHECK(taken < kFarTooMuch);
    }
}

TEST_CASE("documents_are_json_and_what_nobody_offers_is_a_404_that_says_so", "[web]") {
    Fixture fixture;
    const auto there = fixture.client.Get("/api/v1/probes?all=1");
    REQUIRE(there);
    CHECK(there->status == 200);
    CHECK(there->body == "{}");
    CHECK(there->get_header_value("Content-Type") == "application/json");
    const auto missing = fixture.client.Get("/api/v1/nothing");
    REQUIRE(missing);
    CHECK(missing->status == 404);
    CHECK(missing->get_header_value("Content-Type") == "application/json");
    CHECK(missing->body.find("\"status\":\"error\"") != std::string::npos);
}

TEST_CASE("no_address_leads_to_a_file", "[web][limits]") {
    Fixture fixture;
    const char* path = GENERATE("/etc/passwd", "//etc/passwd", "/../../../../../../etc/passwd",
                                "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
                                "/runbooks/../../../../../../etc/passwd",
                                "/runbooks/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
                                "/assets/../../../../../../etc/passwd", "/opsmon.yml", "/.");
    test::RawClient client(fixture.address.port);
    client.send(std::string("GET ") + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const std::string answer = client.receive_all();
    CAPTURE(path, answer);
    CHECK((answer.find("HTTP/1.1 404") == 0 || answer.find("HTTP/1.1 400") == 0));
    CHECK(answer.find("root:") == std::string::npos);
}

TEST_CASE("ranges_and_compression_are_not_served", "[web][limits]") {
    Fixture fixture;
    std::string ranges = "bytes=0-";
    for (int i = 0; i < 1000; ++i) {
        ranges += ",0-";
    }
    const httplib::Headers headers = {{"Range", ranges}, {"Accept-Encoding", "gzip, br"}};
    const auto answer = fixture.client.Get("/api/v1/probes", headers);
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == "{}");
    CHECK_FALSE(answer->has_header("Content-Encoding"));
}

TEST_CASE("a_request_that_drips_is_ended_at_its_deadline", "[web][limits]") {
    Fixture fixture;
    test::RawClient dripping(fixture.address.port);
    dripping.send("GET /metrics HTTP/1.1\r\nHost: x\r\nX: ");
    CHECK(dripping.receive_all("a").find("HTTP/1.1 408") == 0);
    test::RawClient mute(fixture.address.port);
    CHECK(mute.receive_all().empty());
}

TEST_CASE("slow_connections_do_not_keep_metrics_from_others", "[web][limits]") {
    Fixture fixture;
    fixture.put("a 1\n");
    std::vector<std::unique_ptr<test::RawClient>> slow;
    for (int i = 0; i < 100; ++i) {
        slow.push_back(std::make_unique<test::RawClient>(fixture.address.port));
        slow.back()->send("GET /metrics HTTP/1.1\r\nHost: x\r\nX: ");
    }
    fixture.client.set_read_timeout(9s); // less than a scrape's time-out
    const auto answer = fixture.client.Get("/metrics");
    REQUIRE(answer);
    CHECK(answer->status == 200);
}

TEST_CASE("a_stop_ends_requests_and_answers_under_way_at_once", "[web][limits]") {
    Fixture fixture;
    fixture.put(std::string(30'000'000, 'x'));
    test::RawClient deaf(fixture.address.port);
    deaf.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    std::vector<std::unique_ptr<test::RawClient>> slow;
    for (int i = 0; i < 100; ++i) {
        slow.push_back(std::make_unique<test::RawClient>(fixture.address.port));
        slow.back()->send("GET /metrics HTTP/1.1\r\nHost: x\r\nX: ");
    }
    fixture.server->request_stop();
    CHECK(fixture.server->wait_until_stopped(steady_now() + 1s)); // half a request's deadline
}
