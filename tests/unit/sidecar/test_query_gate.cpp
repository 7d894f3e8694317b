#include <catch2/catch.hpp>

#include "web/query_gate.hpp"

#include <thread>

using namespace opsmon;
using namespace std::chrono_literals;
using web::QueryGate;
using Verdict = web::QueryGate::Verdict;

TEST_CASE("refuses_at_once_who_finds_too_many_waiting") {
    QueryGate gate({1, 0, 10s});
    CHECK(gate.enter() == Verdict::Entered);
    CHECK(gate.enter() == Verdict::Crowded);
    gate.leave();
    CHECK(gate.enter() == Verdict::Entered);
}

TEST_CASE("refuses_who_has_waited_too_long") {
    QueryGate gate({1, 1, 1ms});
    CHECK(gate.enter() == Verdict::Entered);
    CHECK(gate.enter() == Verdict::WaitedTooLong);
}

TEST_CASE("lets_in_who_waits_when_another_leaves") {
    QueryGate gate({1, 1, 60s});
    CHECK(gate.enter() == Verdict::Entered);
    auto verdict = Verdict::Crowded;
    std::thread waiting([&] { verdict = gate.enter(); });
    gate.leave();
    waiting.join();
    CHECK(verdict == Verdict::Entered);
}
