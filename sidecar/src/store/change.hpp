#pragma once
// This component provides what is written to and read from the store in one go: entries of a kind,
// and changes of several keys that are kept all or not at all.

#include <optional>
#include <string>
#include <utility>

namespace opsmon::store {

using Key = std::pair<std::string, std::string>; // kind and key

struct Entry {
    std::string key;
    std::string value;
};

struct Change {
    Key key;
    std::optional<std::string> value; // nothing: to be removed
};

} // namespace opsmon::store
