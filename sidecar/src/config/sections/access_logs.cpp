#include "config/sections.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.hpp"

namespace opsmon::config {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxExtraFields = 20;

void read_format(Section& section, const std::string& where, const Context& context,
                 AccessLog& out) {
    section.describe("format", "word", "combined or json");
    section.describe("duration_unit", "word", "s, ms or us");
    section.describe("extra_fields", "list of words",
                     "at most " + std::to_string(kMaxExtraFields) +
                         " of duration, forwarded_for, \"-\"");
    if (const auto given = section.text("format", kMaxNameBytes)) {
        if (given->value == "json") {
            out.format = AccessLogFormat::Json;
        } else if (given->value != "combined") {
            context.faults->add(given->line, where + ".format",
                                "'" + shown(given->value) +
                                    "' is not known; it is combined (which reads common, too) "
                                    "or json");
        }
    }
    if (const auto given = section.text("duration_unit", kMaxNameBytes)) {
        const std::string& unit = given->value;
        if (unit != "s" && unit != "ms" && unit != "us") {
            context.faults->add(given->line, where + ".duration_unit",
                                "'" + shown(unit) + "' is not a unit; it is s, ms or us");
        }
        out.duration_unit_seconds = unit == "us" ? 1e-6 : unit == "ms" ? 1e-3 : 1;
    }
    for (const auto& given : section.texts("extra_fields", kMaxExtraFields, kMaxNameBytes)) {
        if (given.value != "duration" && given.value != "forwarded_for" && given.value != "-") {
            context.faults->add(given.line, where + ".extra_fields",
                                "'" + shown(given.value) +
                                    "' is not known; each is duration, forwarded_for, or \"-\" "
                                    "for one that does not matter");
        }
        out.extra_fields.push_back(given.value);
    }
}

void read_names(Section& section, const std::string& key, std::vector<std::string>& out) {
    auto given = values(section.texts(key, 8, kMaxNameBytes));
    if (!given.empty()) {
        out = std::move(given);
    }
}

void read_fields(Section section, AccessLogFields& out) {
    read_names(section, "status", out.status);
    read_names(section, "duration", out.duration);
    read_names(section, "bytes", out.bytes);
    read_names(section, "request", out.request);
    read_names(section, "method", out.method);
    read_names(section, "uri", out.uri);
    read_names(section, "client", out.client);
    read_names(section, "forwarded_for", out.forwarded_for);
    section.finish();
}

void read_path(Section& section, const std::string& where, const Context& context, AccessLog& out) {
    const auto path = section.text("path", kMaxTextBytes);
    if (!path) {
        context.faults->add(section.line(), where, "needs a path");
        return;
    }
    out.path = beside(context.file, path->value);
    const auto folder = out.path.substr(0, out.path.rfind('/') + 1);
    if (folder.find_first_of("*?[") != std::string::npos) {
        context.faults->add(path->line, where + ".path",
                            "may be a pattern in its last part only, such as "
                            "/var/log/nginx/*.access.log");
    }
}

} // namespace

std::vector<AccessLog> read_access_logs(std::vector<Section> sections, const Context& context) {
    std::vector<AccessLog> out;
    std::set<std::string> names;
    for (Section& section : sections) {
        const std::string where = "access_logs[" + std::to_string(out.size()) + "]";
        AccessLog log;
        const auto name = section.text("service", kMaxNameBytes);
        if (!name) {
            context.faults->add(section.line(), where, "needs a service");
        } else if (log.service = name->value; !names.insert(log.service).second) {
            context.faults->add(name->line, where + ".service",
                                "'" + log.service +
                                    "' is used twice; one path can be a pattern for many files");
        }
        read_path(section, where, context, log);
        read_format(section, where, context, log);
        if (auto fields = section.section("fields")) {
            read_fields(std::move(*fields), log.fields);
        }
        for (const auto& given : section.texts("trusted_proxies", kMaxListEntries, kMaxNameBytes)) {
            const auto range = parse_address_range(given.value);
            if (range) {
                log.trusted_proxies.push_back(*range);
            } else {
                context.faults->add(given.line, where + ".trusted_proxies", range.error().message);
            }
        }
        section.finish();
        out.push_back(std::move(log));
    }
    return out;
}

std::vector<StubStatus> read_stub_status(std::vector<Section> sections, const Context& context) {
    std::vector<StubStatus> out;
    std::set<std::string> names;
    for (Section& section : sections) {
        const std::string where = "stub_status[" + std::to_string(out.size()) + "]";
        StubStatus status;
        const auto name = section.text("service", kMaxNameBytes);
        if (!name) {
            context.faults->add(section.line(), where, "needs a service");
        } else if (status.service = name->value; !names.insert(status.service).second) {
            context.faults->add(name->line, where + ".service",
                                "'" + status.service + "' is used twice; names must differ");
        }
        const auto timeout = section.duration("timeout", {10ms, 1min});
        status.timeout = value_or(timeout, std::min(status.timeout, context.collect.timeout));
        if (const auto given = section.text("url", kMaxTextBytes)) {
            if (auto url = parse_url(given->value)) {
                status.url = std::move(*url);
            } else {
                context.faults->add(given->line, where + ".url", url.error().message);
            }
        } else {
            context.faults->add(section.line(), where, "needs a url");
        }
        section.finish();
        out.push_back(std::move(status));
    }
    return out;
}

} // namespace opsmon::config
