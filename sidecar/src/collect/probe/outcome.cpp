#include "collect/probe/outcome.hpp"

namespace opsmon::collect {

std::string_view to_string(Reason reason) {
    static constexpr std::array<std::string_view, static_cast<std::size_t>(Reason::Count)> kNames{
        "none",          "timeout",      "dns",
        "refused",       "reset",        "unreachable",
        "tls_untrusted", "tls_expired",  "tls_name",
        "tls_handshake", "status",       "body",
        "header",        "redirect",     "too_large",
        "protocol",      "expect",       "not_accepting",
        "unit_inactive", "unit_missing", "bus_unavailable",
        "settings"};
    return kNames.at(static_cast<std::size_t>(reason));
}

std::string_view to_string(Phase phase) {
    static constexpr std::array<std::string_view, static_cast<std::size_t>(Phase::Count)> kNames{
        "resolve", "connect", "tls", "first_byte", "transfer"};
    return kNames.at(static_cast<std::size_t>(phase));
}

bool ProbeOutcome::fail(Reason why, const std::string& what) {
    if (reason == Reason::None) {
        reason = why;
        detail = printable(what, kMaxStepBytes);
        step(what);
    }
    return false;
}

void ProbeOutcome::step(std::string_view what) {
    if (steps.size() < kMaxSteps) {
        steps.push_back(printable(what, kMaxStepBytes));
    }
}

void ProbeOutcome::add_phase(Phase phase, SteadyTime from, SteadyTime to) {
    auto& slot = phase_seconds.at(static_cast<std::size_t>(phase));
    slot = slot.value_or(0) + std::chrono::duration<double>(to - from).count();
}

std::string printable(std::string_view bytes, std::size_t max_bytes) {
    std::string out;
    for (const char c : bytes.substr(0, max_bytes)) {
        out += c >= ' ' && c < 0x7f ? c : '?';
    }
    return out;
}

} // namespace opsmon::collect
