#include <catch2/catch.hpp>

#include <httplib.h>

#include "support/http_peer.hpp"
#include "web/server.hpp"

using namespace opsmon;
using namespace std::chrono_literals;

namespace {

// A port that was free a moment ago.
HostPort free_address() {
    const test::SilentPeer peer;
    return {"127.0.0.1", static_cast<std::uint16_t>(peer.port())};
}

struct Fixture {
    metrics::SnapshotStore snapshots;
    bool ready = false;
    Result<std::string> reload_result = std::string("reloaded");
    HostPort address = free_address();
    std::unique_ptr<web::Server> server;
    httplib::Client client{"127.0.0.1", address.port};

    Fixture() {
        auto listening = web::Server::listen(address, {[this] { return snapshots.newest(); },
                                                       [this] { return ready; },
                                                       [this] { return reload_result; }});
        REQUIRE(listening);
        server = std::move(*listening);
    }

    ~Fixture() {
        server->request_stop();
        CHECK(server->wait_until_stopped(steady_now() + 30s));
    }

    void put(const std::string& text) {
        auto snapshot = std::make_shared<metrics::Snapshot>();
        snapshot->text = std::make_shared<const std::string>(text);
        snapshots.put(snapshot);
    }
};

} // namespace

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
    CHECK(fixture.client.Head("/metrics")->status == 200);
}

TEST_CASE("is_healthy_at_once_and_ready_when_told_so") {
    Fixture fixture;
    CHECK(fixture.client.Get("/-/healthy")->status == 200);
    CHECK(fixture.client.Get("/-/ready")->status == 503);
    fixture.ready = true;
    CHECK(fixture.client.Get("/-/ready")->status == 200);
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
    CHECK(answer->get_header_value("Allow") == "POST");
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

TEST_CASE("the_start_page_asks_no_other_host_for_anything") {
    Fixture fixture;
    const auto answer = fixture.client.Get("/");
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body.find("/metrics") != std::string::npos);
    CHECK(answer->body.find("://") == std::string::npos);
    CHECK(fixture.client.Get("/nothing")->status == 404);
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
