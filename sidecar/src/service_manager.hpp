#pragma once
// This component provides `ServiceManager`: the words of sd_notify(3), for systemd and for whatever
// else sets NOTIFY_SOCKET. main() says them. Without such a socket nothing is sent; where sending
// fails, the log says so once and the sidecar goes on.

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.hpp"

namespace opsmon {

class ServiceManager {
public:
    // Nothing: it does not watch this process.
    [[nodiscard]] static std::optional<std::chrono::microseconds> watchdog();

    void ready(const std::string& status);
    void reloading(SteadyTime now); // until ready() is said again
    void alive();
    void fares(const std::string& status); // only a change is sent
    void stopping();

private:
    void tell(const std::string& words);

    std::string status_;
    bool failed_ = false; // and the log knows
};

} // namespace opsmon
