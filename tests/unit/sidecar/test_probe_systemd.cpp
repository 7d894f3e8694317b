#include <catch2/catch.hpp>

#include <cstdlib>

#include <sys/socket.h>
#include <unistd.h>

#include "collect/probe/probe_kinds.hpp"
#include "support/probe_peer.hpp"
#include "support/systemd_mock.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

namespace {

ProbeOutcome probe(const std::string& address, const std::string& unit,
                   std::chrono::milliseconds timeout = 20s) {
    ::setenv("DBUS_SYSTEM_BUS_ADDRESS", address.c_str(), 1);
    config::Service service;
    service.name = "unit";
    service.kind = config::ProbeKind::Systemd;
    service.unit = unit;
    Resolver resolver;
    ProbeOutcome out = run_probe(service, resolver, steady_now() + timeout);
    ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
    return out;
}

} // namespace

TEST_CASE("the_state_of_a_unit_comes_over_the_bus", "[probe]") {
    {
        const test::SystemdMock mock("loaded", "active", "running");
        const ProbeOutcome outcome = probe(mock.address(), "nginx.service");
        CHECK(outcome.detail.empty());
        CHECK(outcome.good());
        CHECK(outcome.unit_state == "active");
        CHECK(probe(mock.address(), "other.service").reason == Reason::BusUnavailable);
    }
    const test::SystemdMock mock("loaded", "failed", "failed");
    const ProbeOutcome outcome = probe(mock.address(), "nginx.service");
    CHECK(outcome.reason == Reason::UnitInactive);
    CHECK(outcome.unit_state == "failed");
}

TEST_CASE("a_bus_that_is_missing_or_silent_is_a_reason", "[probe]") {
    CHECK(probe("unix:path=/nonexistent/bus", "a.service").reason == Reason::BusUnavailable);
    CHECK(probe("not an address", "a.service").reason == Reason::BusUnavailable);
    const test::ScratchFile place("");
    const std::string path = place.path() + ".socket";
    test::ProbePeer silent(
        [](int fd) {
            char c = 0;
            while (::recv(fd, &c, 1, 0) > 0) {
            }
        },
        path);
    CHECK(probe("unix:path=" + path, "a.service", 200ms).reason == Reason::Timeout);
    ::unlink(path.c_str());
}
