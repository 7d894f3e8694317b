#include "config/sections.hpp"

#include <utility>

#include "config/conninfo.hpp"
#include "config/sections/slony_remedy.hpp"

namespace opsmon::config {
namespace {

using namespace std::chrono_literals;

void read_login(Section& section, const Context& context, Slony& out) {
    if (const auto given = section.text("conninfo", kMaxTextBytes)) {
        out.conninfo = given->value;
        if (const auto checked = check_conninfo(out.conninfo, "slony"); !checked) {
            context.faults->add(given->line, "slony.conninfo", checked.error().message);
        }
    }
    if (const auto given = section.text("password_file", kMaxTextBytes)) {
        out.password_file = beside(context.file, given->value);
        if (const auto checked = read_password(out.password_file, "slony"); !checked) {
            context.faults->add(given->line, "slony.password_file", checked.error().message);
        } else if (out.conninfo.empty()) {
            context.faults->add(given->line, "slony.password_file",
                                "belongs to slony.conninfo, which is not given; without both, "
                                "those of postgres count");
        }
    }
}

} // namespace

Slony read_slony(Section section, const Context& context) {
    Slony out;
    if (const auto given = section.boolean("enabled")) {
        out.enabled = given->value;
    }
    out.interval = value_or(section.duration("interval", {1s, 10min}), out.interval);
    out.discovery_interval =
        value_or(section.duration("discovery_interval", {1s, 24h}), out.discovery_interval);
    out.ignored_databases =
        values(section.texts("ignored_databases", kMaxListEntries, kMaxNameBytes));
    read_login(section, context, out);
    if (auto remedy = section.section("remedy")) {
        out.remedy = read_slony_remedy(std::move(*remedy), context);
    }
    section.finish();
    return out;
}

} // namespace opsmon::config
