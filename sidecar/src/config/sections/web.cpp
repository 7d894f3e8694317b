#include "config/sections.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace opsmon::config {
namespace {

bool is_host_name(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
    });
}

} // namespace

Web read_web(Section section, HostPort otherwise, const Context& context) {
    Web out{std::move(otherwise), {}, {}, {}};
    if (const auto given = section.text("listen_address", 256)) {
        auto address = parse_host_port(given->value);
        if (address) {
            out.listen_address = std::move(*address);
        } else {
            context.faults->add(given->line, "web.listen_address", address.error().message);
        }
    }
    if (const auto given = section.text("external_url", kMaxTextBytes)) {
        const auto url = parse_url(given->value);
        if (!url) {
            context.faults->add(given->line, "web.external_url", url.error().message);
        } else if (given->value.find_first_of("?#") != std::string::npos) {
            context.faults->add(given->line, "web.external_url",
                                "has no ? and no #; it is the address in front of /metrics");
        } else {
            out.external_url = given->value.substr(0, given->value.find_last_not_of('/') + 1);
        }
    }
    for (const auto& given : section.texts("allowed_hosts", kMaxListEntries, kMaxNameBytes)) {
        if (!is_host_name(given.value)) {
            context.faults->add(given.line, "web.allowed_hosts",
                                "is a list of host names without scheme and port, such as "
                                "opsmon.example");
            continue;
        }
        out.allowed_hosts.push_back(given.value);
    }
    if (const auto given = section.text("dashboard_file", kMaxTextBytes)) {
        if (given->value.empty()) {
            context.faults->add(given->line, "web.dashboard_file", "must not be empty");
        } else {
            out.dashboard_file = beside(context.file, given->value);
        }
    }
    section.finish();
    return out;
}

} // namespace opsmon::config
