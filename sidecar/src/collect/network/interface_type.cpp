#include "collect/network/interface_type.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "collect/network/addresses.hpp"

namespace opsmon::collect {
namespace {

bool lies_in(const std::vector<AddressRange>& ranges, const Address& address) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const AddressRange& range) { return range.contains(address); });
}

bool is_public(const Address& address, const config::Network& settings) {
    if (lies_in(settings.public_ranges, address)) {
        return true;
    }
    return !lies_in(settings.private_ranges, address) && is_globally_routable(address);
}

} // namespace

std::map<std::string, AddressView> view_addresses(const InterfaceAddresses& addresses,
                                                  const config::Network& settings) {
    std::map<std::string, AddressView> out;
    for (const auto& [interface, list] : addresses) {
        AddressView& view = out[interface];
        for (const Address& address : list) {
            if (is_public(address, settings)) {
                view.any_public = true;
            } else if (!is_link_local(address)) {
                view.any_private = true;
            }
        }
    }
    return out;
}

std::string_view InterfaceTypes::type_of(const std::string& interface,
                                         const config::Network& settings,
                                         const std::map<std::string, AddressView>& views,
                                         SteadyTime now) {
    if (matches_any_glob(settings.public_interfaces, interface)) {
        return "public";
    }
    if (matches_any_glob(settings.private_interfaces, interface)) {
        return "private";
    }
    if (memories_.size() >= kMaxRemembered && !memories_.contains(interface)) {
        memories_.clear(); // names come and go without end: only the present ones matter
    }
    Memory& memory = memories_[interface];
    const auto found = views.find(interface);
    const AddressView view = found == views.end() ? AddressView() : found->second;
    if (view.any_public) {
        memory = {true, std::nullopt};
    } else if (memory.is_public && view.any_private) {
        if (!memory.private_since) {
            memory.private_since = now;
        }
        if (now - *memory.private_since >= kPublicHolds) {
            memory = {};
        }
    }
    return memory.is_public ? "public" : "private";
}

} // namespace opsmon::collect
