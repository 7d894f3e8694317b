#include "collect/network/link.hpp"

#include <utility>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxFileBytes = 256;
constexpr double kBytesPerMegabit = 1e6 / 8;
constexpr unsigned long long kMaxMegabits = 100'000'000; // 100 Tbit/s; the rest is a driver's error

std::optional<bool> is_up(std::string_view operstate, std::string_view carrier) {
    if (operstate == "up") {
        return true;
    }
    if (operstate == "unknown") { // lo, tun and older drivers have no more to say
        return carrier.empty() ? std::nullopt : std::optional(carrier == "1");
    }
    if (operstate.empty()) {
        return std::nullopt;
    }
    return false;
}

// EINVAL is how the kernel says that an interface has no such thing.
std::string read_text(const std::string& path) {
    auto content = read_file(path, kMaxFileBytes);
    return content ? std::move(*content) : std::string();
}

} // namespace

Link parse_link(const LinkTexts& texts) {
    Link out;
    const auto megabits = parse_count(trim(texts.speed));
    if (megabits && *megabits > 0 && *megabits <= kMaxMegabits) {
        out.bytes_per_second = static_cast<double>(*megabits) * kBytesPerMegabit;
    }
    out.up = is_up(trim(texts.operstate), trim(texts.carrier));
    if (const auto index = parse_count(trim(texts.ifindex)); index && *index > 0) {
        out.index = *index;
    }
    return out;
}

LinkTexts read_link(const std::string& sys, const std::string& interface) {
    const std::string folder = sys + "/class/net/" + interface;
    return {"", read_text(folder + "/operstate"), read_text(folder + "/carrier"),
            read_text(folder + "/ifindex")};
}

std::string read_link_speed(const std::string& sys, const std::string& interface) {
    return read_text(sys + "/class/net/" + interface + "/speed");
}

std::optional<double> link_speed(const std::string& interface, const config::Network& settings,
                                 const Link& link) {
    for (const config::LinkSpeed& given : settings.link_speeds) {
        if (matches_glob(given.interface, interface)) {
            return given.bytes_per_second;
        }
    }
    return link.bytes_per_second;
}

} // namespace opsmon::collect
