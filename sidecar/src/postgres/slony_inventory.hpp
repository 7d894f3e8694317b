#pragma once
// This component makes what the extension is told of Slony-I: the arguments of
// opsmon.learn_slony(), and when they are worth telling. Pure. A cluster is told whole or not at
// all: a node that is left out counts as dropped.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "postgres/slony_deeds.hpp"
#include "postgres/slony_rows.hpp"

namespace opsmon::postgres {

// What opsmon.learn_slony() takes at once.
inline constexpr std::size_t kMaxToldRows = 1000;
inline constexpr std::size_t kMaxToldBytes = 900'000;

// JSON arrays, valid whatever the names are.
std::string slony_inventory_json(const std::vector<SlonyRows>& clusters);
std::string slony_deeds_json(const std::vector<SlonyDeedRow>& deeds); // the newest, if too many

// What makes people look again: equal texts are no news, though numbers have moved.
std::string slony_news(const std::vector<SlonyRows>& clusters);

struct SlonyTold {
    std::string news;
    std::string deeds;
    SteadyTime at{};
};

// At once when there is news, and once a minute so that it is known that there is none.
bool worth_telling(const std::optional<SlonyTold>& told, const std::string& news,
                   const std::string& deeds, SteadyTime now);

} // namespace opsmon::postgres
