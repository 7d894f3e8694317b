#include "config/sections/slony_remedy.hpp"

#include <utility>

#include "base/text.hpp"
#include "config/conninfo.hpp"
#include "config/numbers.hpp"

namespace opsmon::config {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxForwarders = 20;

void read_mode(Section& section, const Context& context, SlonyRemedy& out) {
    section.describe("mode", "word", "off, observe or enforce");
    const auto given = section.text("mode", kMaxNameBytes);
    if (!given) {
        return;
    }
    if (given->value == "off") {
        out.mode = RemedyMode::Off;
    } else if (given->value == "observe") {
        out.mode = RemedyMode::Observe;
    } else if (given->value == "enforce") {
        out.mode = RemedyMode::Enforce;
    } else {
        context.faults->add(given->line, section.key_path("mode"),
                            "'" + shown(given->value) +
                                "' is not known; it is off, observe or "
                                "enforce");
    }
}

SlonyForwarder read_forwarder(Section section, const Context& context) {
    SlonyForwarder out;
    const auto cluster = section.text("cluster", kMaxNameBytes);
    const auto conninfo = section.text("conninfo", kMaxTextBytes);
    const std::string where = section.key_path("conninfo");
    section.finish();
    if (!cluster || !conninfo) {
        context.faults->add(section.line(), where, "each entry needs a cluster and a conninfo");
        return out;
    }
    out = {cluster->value, conninfo->value};
    if (const auto checked = check_conninfo(out.conninfo, "slony"); !checked) {
        context.faults->add(conninfo->line, where, checked.error().message);
    }
    return out;
}

} // namespace

SlonyRemedy read_slony_remedy(Section section, const Context& context) {
    SlonyRemedy out;
    read_mode(section, context, out);
    out.minimum_silence =
        value_or(section.duration("minimum_silence", {1s, 24h * 30}), out.minimum_silence);
    out.minimum_watch =
        value_or(section.duration("minimum_watch", {1s, 24h * 30}), out.minimum_watch);
    out.probe_interval = value_or(section.duration("probe_interval", {1s, 1h}), out.probe_interval);
    if (const auto given = section.whole_number("minimum_probes", 2, 10'000)) {
        out.minimum_probes = static_cast<unsigned>(given->value);
    }
    out.held_percent =
        read_number(section, "held_percent", out.held_percent, {1, 100}, *context.faults);
    out.full_within = value_or(section.duration("full_within", {1min, 24h * 30}), out.full_within);
    section.describe("free_floor", "size", "with the unit MiB or GiB");
    if (const auto given = section.text("free_floor", kMaxNameBytes)) {
        const auto bytes = parse_byte_count(given->value);
        if (bytes && *bytes > 0) {
            out.free_floor_bytes = *bytes;
        } else {
            context.faults->add(given->line, section.key_path("free_floor"),
                                "'" + shown(given->value) + "' is not a size; write 64MiB or 1GiB");
        }
    }
    for (Section& entry : section.sections("forwarders", kMaxForwarders)) {
        out.forwarders.push_back(read_forwarder(std::move(entry), context));
    }
    section.finish();
    return out;
}

} // namespace opsmon::config
