#pragma once
// This component provides a bus of its own with something on it that answers as systemd's manager
// does for one unit, nginx.service. Tests of the systemd probe use it; the system's bus is never
// touched.

#include <atomic>
#include <string>
#include <thread>

#include <sys/types.h>
#include <systemd/sd-bus.h>

#include "support/scratch_file.hpp"

namespace opsmon::test {

class SystemdMock {
public:
    SystemdMock(std::string load, std::string active, std::string sub);
    ~SystemdMock();
    SystemdMock(const SystemdMock&) = delete;
    SystemdMock& operator=(const SystemdMock&) = delete;
    [[nodiscard]] const std::string& address() const { return address_; }

private:
    bool join_bus();

    ScratchFile place_;
    std::string address_;
    std::string load_;
    std::string active_;
    std::string sub_;
    pid_t daemon_ = -1;
    sd_bus* bus_ = nullptr;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

} // namespace opsmon::test
