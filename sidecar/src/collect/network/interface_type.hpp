#pragma once
// This component provides `InterfaceTypes`: whether an interface is public or private. The
// settings' name patterns decide first, then the ranges its addresses lie in, and where no setting
// speaks, whether the whole Internet can reach one of its addresses. It remembers: an address that
// goes for a moment must not give all series of the interface another label. The network collector
// asks it.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "collect/network/address_dump.hpp"
#include "config/config.hpp"

namespace opsmon::collect {

// What the addresses of one interface say; link-local ones say nothing.
struct AddressView {
    bool any_public = false;
    bool any_private = false;
};

std::map<std::string, AddressView> view_addresses(const InterfaceAddresses& addresses,
                                                  const config::Network& settings);

class InterfaceTypes {
public:
    // So long has an interface to have private addresses only before it is private again.
    static constexpr std::chrono::minutes kPublicHolds{10};
    static constexpr std::size_t kMaxRemembered = 1000;

    // "public" or "private". Without an address it stays what it was, at first private.
    std::string_view type_of(const std::string& interface, const config::Network& settings,
                             const std::map<std::string, AddressView>& views, SteadyTime now);

private:
    struct Memory {
        bool is_public = false;
        std::optional<SteadyTime> private_since;
    };
    std::map<std::string, Memory> memories_;
};

} // namespace opsmon::collect
