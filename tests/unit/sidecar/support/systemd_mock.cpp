#include "support/systemd_mock.hpp"

#include <chrono>
#include <csignal>
#include <stdexcept>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace opsmon::test {
namespace {

int write_text(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void* data,
               sd_bus_error*) {
    return sd_bus_message_append(reply, "s", static_cast<std::string*>(data)->c_str());
}

int write_number(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void*,
                 sd_bus_error*) {
    return sd_bus_message_append(reply, "t", std::uint64_t{1});
}

} // namespace

SystemdMock::SystemdMock(std::string load, std::string active, std::string sub)
    : place_("", "bus.conf"),
      address_("unix:path=" + place_.path() + ".socket"),
      load_(std::move(load)),
      active_(std::move(active)),
      sub_(std::move(sub)) {
    place_.write("<busconfig><listen>" + address_ +
                 "</listen><auth>EXTERNAL</auth><policy context=\"default\">"
                 "<allow send_destination=\"*\" eavesdrop=\"true\"/><allow own=\"*\"/>"
                 "<allow eavesdrop=\"true\"/><allow user=\"*\"/></policy></busconfig>");
    const std::string option = "--config-file=" + place_.path();
    const char* arguments[] = {"dbus-daemon", "--nofork", "--nopidfile", option.c_str(), nullptr};
    if (::posix_spawnp(&daemon_, "dbus-daemon", nullptr, nullptr,
                       const_cast<char* const*>(arguments), environ) != 0) {
        throw std::runtime_error("dbus-daemon cannot be started");
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!join_bus()) {
        if (std::chrono::steady_clock::now() > deadline) {
            ::kill(daemon_, SIGKILL);
            ::waitpid(daemon_, nullptr, 0);
            throw std::runtime_error("the bus does not answer");
        }
        std::this_thread::yield();
    }
    thread_ = std::thread([this] {
        while (!stopping_) {
            if (sd_bus_process(bus_, nullptr) == 0) {
                sd_bus_wait(bus_, 20'000);
            }
        }
    });
}

bool SystemdMock::join_bus() {
    static const sd_bus_vtable table[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("LoadState", "s", write_text, offsetof(SystemdMock, load_), 0),
        SD_BUS_PROPERTY("ActiveState", "s", write_text, offsetof(SystemdMock, active_), 0),
        SD_BUS_PROPERTY("InactiveEnterTimestamp", "t", write_number, 0, 0),
        SD_BUS_PROPERTY("SubState", "s", write_text, offsetof(SystemdMock, sub_), 0),
        SD_BUS_VTABLE_END};
    sd_bus_new(&bus_);
    const bool done =
        sd_bus_set_address(bus_, address_.c_str()) >= 0 && sd_bus_set_bus_client(bus_, 1) >= 0 &&
        sd_bus_start(bus_) >= 0 &&
        sd_bus_add_object_vtable(bus_, nullptr, "/org/freedesktop/systemd1/unit/nginx_2eservice",
                                 "org.freedesktop.systemd1.Unit", table, this) >= 0 &&
        sd_bus_request_name(bus_, "org.freedesktop.systemd1", 0) >= 0;
    if (!done) {
        bus_ = sd_bus_close_unref(bus_);
    }
    return done;
}

SystemdMock::~SystemdMock() {
    stopping_ = true;
    thread_.join();
    sd_bus_close_unref(bus_);
    ::kill(daemon_, SIGTERM);
    ::waitpid(daemon_, nullptr, 0);
}

} // namespace opsmon::test
