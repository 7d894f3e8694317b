#include "config/sections.hpp"

namespace opsmon::config {

Storage read_storage(Section section, const Context& context) {
    Storage out;
    if (const auto given = section.text("path", kMaxTextBytes)) {
        out.path = beside(context.file, given->value);
    }
    section.finish();
    return out;
}

} // namespace opsmon::config
