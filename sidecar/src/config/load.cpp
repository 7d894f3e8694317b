#include "config/load.hpp"

#include "base/text.hpp"
#include "config/finalize.hpp"
#include "config/raw.hpp"
#include "config/section.hpp"

namespace opsmon::config {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxFileBytes = 1 << 20;
constexpr std::size_t kMaxServices = 100;
constexpr std::size_t kMaxListEntries = 100;
constexpr std::size_t kMaxTextBytes = 4096;
constexpr std::size_t kMaxNameBytes = 128;

RawPostgres read_postgres(Section section) {
    RawPostgres out;
    out.conninfo = section.text("conninfo", kMaxTextBytes);
    out.password_file = section.text("password_file", kMaxTextBytes);
    out.connect_timeout = section.duration("connect_timeout", {100ms, 1min});
    out.statement_timeout = section.duration("statement_timeout", {10ms, 1min});
    out.lock_timeout = section.duration("lock_timeout", {1ms, 1min});
    section.finish();
    return out;
}

RawService read_service(Section section) {
    RawService out;
    out.line = section.line();
    out.name = section.text("name", kMaxNameBytes);
    out.url = section.text("url", kMaxTextBytes);
    out.timeout = section.duration("timeout", {10ms, 1min});
    out.interval = section.duration("interval", {1s, 1h});
    section.finish();
    return out;
}

void read_network(Section section, RawConfig& out) {
    out.public_interfaces = section.texts("public_interfaces", kMaxListEntries, kMaxNameBytes);
    out.private_interfaces = section.texts("private_interfaces", kMaxListEntries, kMaxNameBytes);
    out.ignored_interfaces = section.texts("ignored_interfaces", kMaxListEntries, kMaxNameBytes);
    section.finish();
}

RawConfig read_all(Section top) {
    RawConfig out;
    if (auto web = top.section("web")) {
        out.listen_address = web->text("listen_address", 256);
        web->finish();
    }
    if (auto collect = top.section("collect")) {
        out.interval = collect->duration("interval", {1s, 1h});
        out.timeout = collect->duration("timeout", {100ms, 1min});
        collect->finish();
    }
    if (auto postgres = top.section("postgres")) {
        out.postgres = read_postgres(std::move(*postgres));
    }
    if (auto network = top.section("network")) {
        read_network(std::move(*network), out);
    }
    if (auto disk = top.section("disk")) {
        out.ignored_mount_points =
            disk->texts("ignored_mount_points", kMaxListEntries, kMaxTextBytes);
        disk->finish();
    }
    for (Section& service : top.sections("services", kMaxServices)) {
        out.services.push_back(read_service(std::move(service)));
    }
    if (auto alerting = top.section("alerting")) {
        out.rule_files = alerting->texts("rule_files", kMaxListEntries, kMaxTextBytes);
        out.notification_file = alerting->text("notification_file", kMaxTextBytes);
        alerting->finish();
    }
    top.finish();
    return out;
}

} // namespace

Result<Config> parse_config(const std::string& yaml, const std::string& file) {
    Faults faults(file);
    try {
        const std::vector<YAML::Node> documents = YAML::LoadAll(yaml);
        if (documents.size() > 1) {
            faults.add(documents[1].Mark().line + 1, "",
                       "a second document; the file is one, and ends before the line with ---");
        }
        const YAML::Node top = documents.empty() ? YAML::Node() : documents.front();
        const RawConfig raw = read_all(Section(top, "", faults));
        Config config = finalize(raw, file, faults);
        if (faults.empty()) {
            return config;
        }
    } catch (const YAML::Exception& problem) {
        faults.add(problem.mark.is_null() ? 1 : problem.mark.line + 1, "",
                   "not valid YAML: " + problem.msg);
    }
    return faults.to_error();
}

Result<Config> load_config(const std::string& file) {
    const auto text = read_file(file, kMaxFileBytes);
    if (!text) {
        return text.error();
    }
    return parse_config(*text, file);
}

} // namespace opsmon::config
