#include "config/sections.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/duration.hpp"

namespace opsmon::config {
namespace {

using namespace std::chrono_literals;

void read_url(Section& section, const std::string& where, const Context& context, Service& out) {
    const auto given = section.text("url", kMaxTextBytes);
    if (!given) {
        context.faults->add(section.line(), where, "needs a url");
        return;
    }
    auto url = parse_url(given->value);
    if (url) {
        out.url = std::move(*url);
    } else {
        context.faults->add(given->line, where + ".url", url.error().message);
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
        read_url(section, where, context, service);
        section.finish();
        out.push_back(std::move(service));
    }
    return out;
}

} // namespace opsmon::config
