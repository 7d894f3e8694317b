#include <catch2/catch.hpp>

#include "postgres/session.hpp"
#include "support/http_peer.hpp"

using namespace opsmon;
using namespace opsmon::postgres;
using namespace std::chrono_literals;

namespace {

config::Postgres settings_for(int port) {
    config::Postgres settings;
    settings.conninfo =
        "host=127.0.0.1 sslmode=disable user=x dbname=x port=" + std::to_string(port);
    settings.connect_timeout = 100ms;
    return settings;
}

} // namespace

TEST_CASE("a_server_that_accepts_and_never_answers_ends_by_time_out") {
    test::SilentPeer silent;
    Session session(settings_for(silent.port()));
    const SteadyTime begun = steady_now();
    const auto answer = session.ask(begun + 60s, StopSignal());
    REQUIRE_FALSE(answer);
    CHECK(steady_now() - begun < 30s);
    CHECK(answer.error().message ==
          "cannot connect: no answer from PostgreSQL in time: it hangs or is overloaded");
}

TEST_CASE("a_failed_connection_is_not_tried_again_at_once") {
    int port = 0;
    {
        test::SilentPeer silent;
        port = silent.port();
    }
    Session session(settings_for(port));
    const auto first = session.ask(steady_now() + 10s, StopSignal());
    REQUIRE_FALSE(first);
    CHECK(first.error().message.find("Connection refused") != std::string::npos);
    CHECK(first.error().message.find('\n') == std::string::npos);
    const auto second = session.ask(steady_now() + 10s, StopSignal());
    REQUIRE_FALSE(second);
    CHECK(second.error().message == first.error().message);
}

TEST_CASE("a_stop_ends_the_wait_for_a_server") {
    test::SilentPeer silent;
    config::Postgres settings = settings_for(silent.port());
    settings.connect_timeout = 60s;
    Session session(settings);
    StopSignal stop;
    stop.request();
    const SteadyTime begun = steady_now();
    CHECK_FALSE(session.ask(begun + 60s, stop));
    CHECK(steady_now() - begun < 30s);
}
