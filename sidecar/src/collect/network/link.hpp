#pragma once
// This component reads what the kernel says of one interface's link, from /sys/class/net: speed,
// state, the number of the device. The network collector uses it. What a driver does not know, or
// does not say, is absent and no failure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.hpp"

namespace opsmon::collect {

struct Link {
    std::optional<double> bytes_per_second;
    std::optional<bool> up;
    std::optional<std::uint64_t> index;
};

// The texts of the files, empty where there is none.
struct LinkTexts {
    std::string speed; // Mbit/s; -1, 0 and 4294967295 are "not known"
    std::string operstate;
    std::string carrier;
    std::string ifindex;
};

Link parse_link(const LinkTexts& texts);

// All but the speed.
LinkTexts read_link(const std::string& sys, const std::string& interface);
// Apart, because some drivers ask their device and take a while.
std::string read_link_speed(const std::string& sys, const std::string& interface);

// What the settings say of the speed, else the driver.
std::optional<double> link_speed(const std::string& interface, const config::Network& settings,
                                 const Link& link);

} // namespace opsmon::collect
