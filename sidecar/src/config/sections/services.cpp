#include "config/sections.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/duration.hpp"
#include "config/sections/service_checks.hpp"

namespace opsmon::config {
namespace {

using namespace std::chrono_literals;

void read_target(Section& section, const std::string& where, const Context& context, Service& out) {
    const GivenText given[] = {
        section.text("url", kMaxTextBytes), section.text("tcp", kMaxTextBytes),
        section.text("systemd", kMaxNameBytes * 2), section.text("postgres", kMaxTextBytes)};
    const auto count = std::count_if(std::begin(given), std::end(given),
                                     [](const GivenText& text) { return text.has_value(); });
    if (count != 1) {
        context.faults->add(section.line(), where,
                            count == 0 ? "needs a url, or one of tcp, systemd, postgres"
                                       : "has more than one of url, tcp, systemd, postgres");
        return;
    }
    const auto& [url, tcp, unit, postgres] = given;
    if (url) {
        auto parsed = parse_url(url->value);
        if (parsed) {
            out.url = std::move(*parsed);
        } else {
            context.faults->add(url->line, where + ".url", parsed.error().message);
        }
    } else if (unit) {
        out.kind = ProbeKind::Systemd;
        out.unit = unit->value;
        if (!is_unit_name(out.unit)) {
            context.faults->add(unit->line, where + ".systemd",
                                "is not the name of a unit, such as nginx.service");
        }
    } else {
        out.kind = tcp ? ProbeKind::Tcp : ProbeKind::Postgres;
        const Located<std::string>& text = tcp ? *tcp : *postgres;
        if (postgres && text.value.starts_with('/')) {
            out.socket_path = postgres_socket(text.value);
            if (out.socket_path.size() > kMaxSocketPathBytes) {
                context.faults->add(text.line, where + ".postgres",
                                    "is longer than a socket's path can be");
            }
            return;
        }
        const auto address = parse_host_port(text.value);
        if (address && !address->host.empty()) {
            out.address = *address;
        } else {
            context.faults->add(text.line, where + (tcp ? ".tcp" : ".postgres"),
                                tcp ? "is not host:port, such as localhost:6379"
                                    : "is neither host:port nor the folder of a socket");
        }
    }
}

void read_timing(Section& section, const std::string& where, const Context& context, Service& out) {
    const auto timeout = section.duration("timeout", {10ms, 1min});
    const auto interval = section.duration("interval", {1s, 1h});
    out.interval = value_or(interval, context.collect.interval);
    out.timeout = value_or(timeout, std::min(out.timeout, out.interval));
    if (out.timeout > out.interval) {
        context.faults->add(timeout->line, where + ".timeout",
                            "must not be more than the interval of the service, which is " +
                                format_duration(out.interval));
    }
}

} // namespace

std::vector<Service> read_services(std::vector<Section> sections, const Context& context) {
    std::vector<Service> out;
    std::set<std::string> names;
    for (Section& section : sections) {
        const std::string where = "services[" + std::to_string(out.size()) + "]";
        Service service;
        read_timing(section, where, context, service);
        const auto name = section.text("name", kMaxNameBytes);
        if (!name) {
            context.faults->add(section.line(), where, "needs a name");
        } else if (service.name = name->value; !names.insert(service.name).second) {
            context.faults->add(name->line, where + ".name",
                                "'" + service.name + "' is used twice; names must differ");
        }
        read_target(section, where, context, service);
        read_checks(section, context, service);
        section.finish();
        out.push_back(std::move(service));
    }
    return out;
}

} // namespace opsmon::config
