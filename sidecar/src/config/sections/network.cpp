#include "config/sections.hpp"

#include <utility>

#include "base/text.hpp"
#include "config/numbers.hpp"

namespace opsmon::config {
namespace {

using namespace std::chrono_literals;

std::vector<AddressRange> read_ranges(Section& section, std::string_view key,
                                      const Context& context) {
    std::vector<AddressRange> out;
    for (const auto& given : section.texts(key, kMaxListEntries, kMaxNameBytes)) {
        auto range = parse_address_range(given.value);
        if (range) {
            out.push_back(*range);
        } else {
            context.faults->add(given.line, section.key_path(key), range.error().message);
        }
    }
    return out;
}

LinkSpeed read_link_speed(Section section, const Context& context) {
    LinkSpeed out;
    const auto interface = section.text("interface", kMaxNameBytes);
    section.describe("speed", "link speed", "a number with kbps, Mbps, Gbps or Tbps");
    const auto speed = section.text("speed", kMaxNameBytes);
    section.finish();
    if (!interface || !speed) {
        context.faults->add(section.line(), section.key_path("interface"),
                            "each entry needs an interface and a speed");
        return out;
    }
    out.interface = interface->value;
    const auto parsed = parse_bit_rate(speed->value);
    if (parsed) {
        out.bytes_per_second = *parsed / 8;
    } else {
        context.faults->add(speed->line, section.key_path("speed"),
                            "'" + shown(speed->value) +
                                "' is not a link speed; write 1Gbps, 2.5Gbps or 100Mbps");
    }
    return out;
}

Attack read_attack(Section section, const Context& context) {
    Attack out;
    const auto number = [&](std::string_view key, double otherwise, NumberRange range) {
        return read_number(section, key, otherwise, range, *context.faults);
    };
    out.link_percent = number("link_percent", out.link_percent, {1, 100});
    out.connections_per_second =
        number("connections_per_second", out.connections_per_second, {1, 1e9});
    out.half_open_connections =
        number("half_open_connections", out.half_open_connections, {1, 1e9});
    out.prefix_connections = number("prefix_connections", out.prefix_connections, {1, 1e9});
    out.prefix_share_percent = number("prefix_share_percent", out.prefix_share_percent, {1, 100});
    out.requests_per_second = number("requests_per_second", out.requests_per_second, {1, 1e9});
    out.hold = value_or(section.duration("hold", {10s, 24h}), out.hold);
    section.finish();
    return out;
}

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

Network read_network(Section section, const Context& context) {
    Network out;
    const auto names = [&](std::string_view key) {
        return values(section.texts(key, kMaxListEntries, kMaxNameBytes));
    };
    out.public_interfaces = names("public_interfaces");
    out.private_interfaces = names("private_interfaces");
    auto ignored = names("ignored_interfaces");
    if (section.has("ignored_interfaces")) {
        out.ignored_interfaces = std::move(ignored);
    }
    out.public_ranges = read_ranges(section, "public_ranges", context);
    out.private_ranges = read_ranges(section, "private_ranges", context);
    for (Section& entry : section.sections("link_speeds", kMaxListEntries)) {
        out.link_speeds.push_back(read_link_speed(std::move(entry), context));
    }
    if (auto attack = section.section("attack")) {
        out.attack = read_attack(std::move(*attack), context);
    }
    if (auto top_talkers = section.section("top_talkers")) {
        out.top_talkers = read_top_talkers(std::move(*top_talkers));
    }
    section.finish();
    return out;
}

} // namespace opsmon::config
