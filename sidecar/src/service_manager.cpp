#include "service_manager.hpp"

#include <cstdint>
#include <cstring>

#include <systemd/sd-daemon.h>

#include "base/log.hpp"

namespace opsmon {

std::optional<std::chrono::microseconds> ServiceManager::watchdog() {
    std::uint64_t within_us = 0;
    const int asked = ::sd_watchdog_enabled(0, &within_us);
    if (asked < 0) {
        log::warning("WATCHDOG_USEC makes no sense; no sign of life will be given",
                     {{"error", std::strerror(-asked)}});
    }
    return asked > 0 ? std::optional(std::chrono::microseconds(within_us)) : std::nullopt;
}

void ServiceManager::ready(const std::string& status) {
    status_ = status;
    tell("READY=1\nSTATUS=" + status);
}

void ServiceManager::reloading(SteadyTime now) {
    const auto since_boot =
        std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(since_boot.count()) +
         "\nSTATUS=Reading the configuration again");
}

void ServiceManager::alive() {
    tell("WATCHDOG=1");
}

void ServiceManager::fares(const std::string& status) {
    if (status != status_) {
        status_ = status;
        tell("STATUS=" + status);
    }
}

void ServiceManager::stopping() {
    tell("STOPPING=1\nSTATUS=Stopping");
}

void ServiceManager::tell(const std::string& words) {
    const int sent = ::sd_notify(0, words.c_str());
    if (sent < 0 && !failed_) {
        log::warning("the service manager cannot be told how the sidecar fares",
                     {{"error", std::strerror(-sent)}, {"look_at", "NOTIFY_SOCKET"}});
    }
    failed_ = sent < 0;
}

} // namespace opsmon
