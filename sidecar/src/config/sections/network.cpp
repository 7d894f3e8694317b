#include "config/sections.hpp"

namespace opsmon::config {

Network read_network(Section section, const Context&) {
    Network out;
    out.public_interfaces =
        values(section.texts("public_interfaces", kMaxListEntries, kMaxNameBytes));
    out.private_interfaces =
        values(section.texts("private_interfaces", kMaxListEntries, kMaxNameBytes));
    out.ignored_interfaces =
        values(section.texts("ignored_interfaces", kMaxListEntries, kMaxNameBytes));
    section.finish();
    return out;
}

} // namespace opsmon::config
