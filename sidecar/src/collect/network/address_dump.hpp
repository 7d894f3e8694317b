#pragma once
// This component asks the kernel, over netlink, which address belongs to which interface. The
// network collector does so each cycle; with a thousand interfaces getifaddrs() costs ten times as
// much, because it has every interface described as well. It decides nothing.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/result.hpp"

namespace opsmon::collect {

struct IndexedAddress {
    unsigned index = 0; // of the interface
    Address address;
};

// Pure. Appends what the messages in `bytes` say; false when they are not an answer to such a
// question, true when there is more to come or all is said (`done`).
bool parse_address_messages(const std::uint8_t* bytes, std::size_t size, bool& done,
                            std::vector<IndexedAddress>& out);

using InterfaceAddresses = std::map<std::string, std::vector<Address>>;
Result<InterfaceAddresses> read_interface_addresses();

} // namespace opsmon::collect
