#include "config/load.hpp"

#include "base/text.hpp"
#include "config/one_document.hpp"
#include "config/sections.hpp"

namespace opsmon::config {
namespace {

constexpr std::size_t kMaxFileBytes = 1 << 20;
constexpr std::size_t kMaxServices = 100;
constexpr std::size_t kMaxLogServices = 30; // what one collector's limit of series has room for

Config read_all(Section top, const std::string& file, Faults& faults) {
    Config out;
    Context context{file, {}, &faults};
    // First what the others are measured by.
    if (auto section = top.section("collect")) {
        context.collect = out.collect = read_collect(std::move(*section), context);
    }
    if (auto section = top.section("web")) {
        auto web = read_web(std::move(*section), out.listen_address, context);
        out.listen_address = std::move(web.listen_address);
        out.external_url = std::move(web.external_url);
        out.allowed_hosts = std::move(web.allowed_hosts);
        out.dashboard_file = std::move(web.dashboard_file);
    }
    if (auto section = top.section("storage")) {
        out.storage = read_storage(std::move(*section), context);
    }
    if (auto section = top.section("history")) {
        out.history = read_history(std::move(*section), context);
    }
    if (auto section = top.section("postgres")) {
        out.postgres = read_postgres(std::move(*section), context);
    }
    if (auto section = top.section("slony")) {
        out.slony = read_slony(std::move(*section), context);
    }
    if (auto section = top.section("network")) {
        out.network = read_network(std::move(*section), context);
    }
    if (auto section = top.section("disk")) {
        out.disk = read_disk(std::move(*section), context);
    }
    out.services = read_services(top.sections("services", kMaxServices), context);
    out.access_logs = read_access_logs(top.sections("access_logs", kMaxLogServices), context);
    out.stub_status = read_stub_status(top.sections("stub_status", kMaxLogServices), context);
    if (auto section = top.section("alerting")) {
        out.alerting = read_alerting(std::move(*section), context);
    }
    top.finish();
    return out;
}

} // namespace

Result<Config> parse_config(const std::string& yaml, const std::string& file) {
    Faults faults(file);
    try {
        const OneDocument document = parse_one_document(yaml);
        if (document.second_document) {
            faults.add(*document.second_document, "",
                       "a second document; the file is one, and ends before the line with ---");
            return faults.to_error();
        }
        Config config = read_all(Section(document.node, "", faults), file, faults);
        if (faults.empty()) {
            return config;
        }
    } catch (const YAML::Exception& problem) {
        faults.add(problem.mark.is_null() ? 1 : problem.mark.line + 1, "",
                   "not valid YAML: " + problem.msg);
    }
    return faults.to_error();
}

void describe_config(KeyBook& book) {
    Faults faults("");
    (void)read_all(Section::describing(book, faults), "", faults);
}

Result<Config> load_config(const std::string& file) {
    const auto text = read_file(file, kMaxFileBytes);
    if (!text) {
        return text.error();
    }
    return parse_config(*text, file);
}

} // namespace opsmon::config
