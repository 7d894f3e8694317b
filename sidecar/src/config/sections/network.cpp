#include "config/sections.hpp"

#include <utility>

namespace opsmon::config {

namespace {

TopTalkers read_top_talkers(Section section) {
    TopTalkers out;
    if (const auto given = section.boolean("enabled")) {
        out.enabled = given->value;
    }
    if (const auto given = section.whole_number("count", 1, 50)) {
        out.count = static_cast<std::size_t>(given->value);
    }
    if (const auto given = section.whole_number("ipv4_prefix", 8, 32)) {
        out.ipv4_prefix_bits = static_cast<unsigned>(given->value);
    }
    if (const auto given = section.whole_number("ipv6_prefix", 16, 128)) {
        out.ipv6_prefix_bits = static_cast<unsigned>(given->value);
    }
    if (const auto given = section.boolean("include_loopback")) {
        out.include_loopback = given->value;
    }
    section.finish();
    return out;
}

} // namespace

Network read_network(Section section, const Context&) {
    Network out;
    out.public_interfaces =
        values(section.texts("public_interfaces", kMaxListEntries, kMaxNameBytes));
    out.private_interfaces =
        values(section.texts("private_interfaces", kMaxListEntries, kMaxNameBytes));
    out.ignored_interfaces =
        values(section.texts("ignored_interfaces", kMaxListEntries, kMaxNameBytes));
    if (auto top_talkers = section.section("top_talkers")) {
        out.top_talkers = read_top_talkers(std::move(*top_talkers));
    }
    section.finish();
    return out;
}

} // namespace opsmon::config
