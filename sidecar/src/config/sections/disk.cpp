#include "config/sections.hpp"

namespace opsmon::config {

Disk read_disk(Section section, const Context&) {
    Disk out;
    out.ignored_mount_points =
        values(section.texts("ignored_mount_points", kMaxListEntries, kMaxTextBytes));
    out.ignored_devices = values(section.texts("ignored_devices", kMaxListEntries, kMaxNameBytes));
    section.finish();
    return out;
}

} // namespace opsmon::config
