#pragma once
// This component is what a probe found: good or not, the reason from a closed list, how long each
// phase took, and a short log of its steps. Every kind of probe fills one in; the record and the
// metrics are made of it. It never holds a body or a secret.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace opsmon::collect {

enum class Reason {
    None,
    Timeout,
    Dns,
    Refused,
    Reset,
    Unreachable,
    TlsUntrusted,
    TlsExpired,
    TlsName,
    TlsHandshake,
    Status,
    Body,
    Header,
    Redirect,
    TooLarge,
    Protocol,
    Expect,
    NotAccepting,
    UnitInactive,
    UnitMissing,
    BusUnavailable,
    Settings,
    Count
};

std::string_view to_string(Reason reason);

enum class Phase { Resolve, Connect, Tls, FirstByte, Transfer, Count };

std::string_view to_string(Phase phase);

using PhaseSeconds = std::array<std::optional<double>, static_cast<std::size_t>(Phase::Count)>;

struct ProbeOutcome {
    static constexpr std::size_t kMaxSteps = 24;
    static constexpr std::size_t kMaxStepBytes = 200;

    Reason reason = Reason::None;
    std::string detail; // what was wrong, for people
    PhaseSeconds phase_seconds;
    std::optional<int> http_status;
    std::optional<std::int64_t> tls_expiry; // seconds since 1970
    std::string unit_state;                 // ActiveState of a unit
    std::vector<std::string> steps;
    TimestampMs begun_at = 0;
    double took_seconds = 0;

    [[nodiscard]] bool good() const { return reason == Reason::None; }
    // What was wrong first counts. Returns false, so that a caller can end with it.
    bool fail(Reason why, const std::string& what);
    void step(std::string_view what); // made printable and short
    void add_phase(Phase phase, SteadyTime from, SteadyTime to);
};

// Printable ASCII of foreign bytes, cut at `max_bytes`.
std::string printable(std::string_view bytes, std::size_t max_bytes);

} // namespace opsmon::collect
