#include <catch2/catch.hpp>

#include <future>

#include "base/http_client.hpp"
#include "support/http_peer.hpp"

using namespace opsmon;
using namespace std::chrono_literals;

namespace {

Url url_of(int port, const std::string& path) {
    return *parse_url("http://127.0.0.1:" + std::to_string(port) + path);
}

} // namespace

TEST_CASE("gets_the_status_of_an_answer") {
    test::HttpPeer peer;
    const HttpOutcome empty = HttpClient(url_of(peer.port(), "/status/204"), 10s).get();
    CAPTURE(empty.error);
    CHECK(empty.status == 204);
    CHECK(HttpClient(url_of(peer.port(), "/status/503"), 10s).get().status == 503);
}

TEST_CASE("does_not_follow_a_redirect") {
    test::HttpPeer peer;
    CHECK(HttpClient(url_of(peer.port(), "/redirect"), 10s).get().status == 302);
}

TEST_CASE("reads_only_the_beginning_of_an_endless_answer") {
    test::HttpPeer peer;
    CHECK(HttpClient(url_of(peer.port(), "/endless"), 10s).get().status == 200);
}

TEST_CASE("a_peer_that_never_answers_ends_by_time_out") {
    test::SilentPeer peer;
    const HttpOutcome outcome = HttpClient(url_of(peer.port(), "/"), 50ms).get();
    CHECK(outcome.status == 0);
    CHECK_FALSE(outcome.error.empty());
}

TEST_CASE("a_closed_port_is_an_error") {
    int port = 0;
    {
        test::SilentPeer peer;
        port = peer.port();
    }
    const HttpOutcome outcome = HttpClient(url_of(port, "/"), 10s).get();
    CHECK(outcome.status == 0);
    CHECK(outcome.error == "cannot connect");
}

TEST_CASE("a_request_under_way_can_be_ended_from_another_thread") {
    test::SilentPeer peer;
    HttpClient client(url_of(peer.port(), "/"), 60s);
    auto outcome = std::async(std::launch::async, [&] { return client.get(); });
    REQUIRE(peer.wait_for_request());
    client.abort();
    REQUIRE(outcome.wait_for(10s) == std::future_status::ready);
    CHECK(outcome.get().status == 0);
}
