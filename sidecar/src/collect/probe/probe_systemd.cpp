#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>

#include <systemd/sd-bus.h>

#include "collect/probe/probe_kinds.hpp"
#include "collect/probe/unit_state.hpp"

namespace opsmon::collect {
namespace {

constexpr const char* kDefaultAddress = "unix:path=/run/dbus/system_bus_socket";

struct Reply {
    bool done = false;
    std::string error;
    UnitState state;
};

bool read_properties(sd_bus_message* message, UnitState& state) {
    if (sd_bus_message_enter_container(message, 'a', "{sv}") < 0) {
        return false;
    }
    while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
        const char* name = nullptr;
        const char* type = nullptr;
        if (sd_bus_message_read(message, "s", &name) < 0 ||
            sd_bus_message_peek_type(message, nullptr, &type) < 0) {
            return false;
        }
        if (type != nullptr && std::string_view(type) == "s") {
            const char* text = nullptr;
            if (sd_bus_message_read(message, "v", "s", &text) < 0) {
                return false;
            }
            state.take(name, text);
        } else if (sd_bus_message_skip(message, "v") < 0) {
            return false;
        }
        if (sd_bus_message_exit_container(message) < 0) {
            return false;
        }
    }
    return true;
}

int take_reply(sd_bus_message* message, void* data, sd_bus_error*) {
    auto& reply = *static_cast<Reply*>(data);
    reply.done = true;
    const sd_bus_error* error = sd_bus_message_get_error(message);
    if (error != nullptr) {
        reply.error = error->message != nullptr ? error->message : "an error";
    } else if (!read_properties(message, reply.state)) {
        reply.error = "the answer cannot be read";
    }
    return 0;
}

// Opens the bus without waiting for it: its greeting goes on in sd_bus_process().
int open_bus(sd_bus** bus) {
    const char* given = std::getenv("DBUS_SYSTEM_BUS_ADDRESS");
    int problem = sd_bus_new(bus);
    if (problem >= 0) {
        problem = sd_bus_set_address(*bus, given != nullptr ? given : kDefaultAddress);
    }
    if (problem >= 0) {
        problem = sd_bus_set_bus_client(*bus, 1);
    }
    return problem >= 0 ? sd_bus_start(*bus) : problem;
}

bool process(sd_bus* bus, const Reply& reply, SteadyTime deadline, ProbeOutcome& out) {
    while (!reply.done) {
        const auto left =
            std::chrono::ceil<std::chrono::microseconds>(deadline - steady_now()).count();
        if (left <= 0) {
            return out.fail(Reason::Timeout, "the bus gave no answer in time");
        }
        int problem = sd_bus_process(bus, nullptr);
        if (problem == 0) {
            problem = sd_bus_wait(bus, static_cast<std::uint64_t>(left));
        }
        if (problem < 0 && problem != -EINTR) {
            return reply.done ||
                   out.fail(Reason::BusUnavailable,
                            "the system bus: " + std::generic_category().message(-problem));
        }
    }
    return true;
}

} // namespace

void probe_systemd(const config::Service& service, SteadyTime deadline, ProbeOutcome& out) {
    // Not flushed when closed: that could wait.
    std::unique_ptr<sd_bus, decltype(&sd_bus_close_unref)> bus(nullptr, sd_bus_close_unref);
    sd_bus* opened = nullptr;
    const SteadyTime begun = steady_now();
    int problem = open_bus(&opened);
    bus.reset(opened);
    char* path_text = nullptr;
    Reply reply;
    if (problem >= 0) {
        problem =
            sd_bus_path_encode("/org/freedesktop/systemd1/unit", service.unit.c_str(), &path_text);
    }
    const std::unique_ptr<char, decltype(&std::free)> path(path_text, std::free);
    if (problem >= 0) {
        problem =
            sd_bus_call_method_async(bus.get(), nullptr, "org.freedesktop.systemd1", path.get(),
                                     "org.freedesktop.DBus.Properties", "GetAll", take_reply,
                                     &reply, "s", "org.freedesktop.systemd1.Unit");
    }
    if (problem < 0) {
        out.fail(Reason::BusUnavailable,
                 "the system bus cannot be used: " + std::generic_category().message(-problem));
        return;
    }
    if (!process(bus.get(), reply, deadline, out)) {
        return;
    }
    out.add_phase(Phase::FirstByte, begun, steady_now());
    if (!reply.error.empty()) {
        out.fail(Reason::BusUnavailable, "systemd: " + reply.error);
        return;
    }
    judge_unit(reply.state, out);
}

} // namespace opsmon::collect
