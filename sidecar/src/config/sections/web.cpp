#include "config/sections.hpp"

#include <utility>

namespace opsmon::config {

HostPort read_web(Section section, HostPort otherwise, const Context& context) {
    HostPort out = std::move(otherwise);
    if (const auto given = section.text("listen_address", 256)) {
        auto address = parse_host_port(given->value);
        if (address) {
            out = std::move(*address);
        } else {
            context.faults->add(given->line, "web.listen_address", address.error().message);
        }
    }
    section.finish();
    return out;
}

} // namespace opsmon::config
