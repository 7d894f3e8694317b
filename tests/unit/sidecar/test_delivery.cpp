#include <catch2/catch.hpp>

#include <future>
#include <memory>

#include "notify/webhook_client.hpp"
#include "support/raw_peer.hpp"

using namespace opsmon;
using namespace std::chrono_literals;

namespace {

notify::SecretUrl url_of(int port) {
    return notify::SecretUrl(*parse_url("http://127.0.0.1:" + std::to_string(port) + "/SECRET"));
}

} // namespace

TEST_CASE("a_webhook_that_drips_does_not_hang_the_notifier", "[delivery][limits]") {
    auto peer = std::make_unique<test::EndlessPeer>("HTTP/1.1 200 OK\r\nX: ", "a", 20ms);
    auto answer = std::async(std::launch::async, [url = url_of(peer->port())] {
        return notify::post_json({url}, "{}", 150ms);
    });
    const bool ended = answer.wait_for(5s) == std::future_status::ready;
    peer.reset(); // ends the request in any case
    CHECK(ended);
    const auto result = answer.get();
    CHECK(result.status == 0);
    CHECK(result.error == "no complete answer in time");
}

TEST_CASE("errors_of_a_webhook_never_hold_its_address", "[delivery]") {
    int port = 0;
    {
        const test::EndlessPeer peer("", "", 20ms);
        port = peer.port();
    }
    const auto answer = notify::post_json({url_of(port)}, "{}", 10s);
    CHECK(answer.status == 0);
    CHECK(answer.error == "cannot connect");
}
