#pragma once
// This component decides what the service manager (systemd) is told of the sidecar: that it is
// alive, only when the pipeline has completed a round since it was told last, and how it fares, in
// one line. main() uses it. Pure: it reads no clock and sends nothing.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace opsmon {

// How the pipeline fares.
struct Vitals {
    std::uint64_t rounds = 0; // completed since the start
    std::size_t collectors = 0;
    std::size_t collectors_failing = 0;
    std::size_t alerts_firing = 0;
    bool reload_successful = true;

    bool operator==(const Vitals&) const = default;
};

class Heartbeat {
public:
    // `watchdog`: so long without a word, and the service manager ends the process. Nothing: it
    // does not look.
    explicit Heartbeat(std::optional<std::chrono::microseconds> watchdog) : watchdog_(watchdog) {}

    // How long to wait before the next look at the pipeline.
    [[nodiscard]] std::chrono::milliseconds pause() const;

    // Is the service manager to be told that all is alive? A process whose pipeline hangs serves an
    // old page and alerts nobody: it is better started anew.
    bool beats(const Vitals& now);

private:
    std::optional<std::chrono::microseconds> watchdog_;
    std::uint64_t told_rounds_ = 0;
};

// For `systemctl status`; one line.
std::string status_line(const Vitals& vitals, const std::string& address);

} // namespace opsmon
