// Foreign bytes as the kernel's answer about addresses: none is of a family that is none.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "collect/network/address_dump.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<opsmon::collect::IndexedAddress> all;
    const std::vector<std::uint8_t> copy(data, data + size); // aligned, as a receive buffer is
    bool done = false;
    (void)opsmon::collect::parse_address_messages(copy.data(), copy.size(), done, all);
    for (const auto& one : all) {
        if (one.address.family != AF_INET && one.address.family != AF_INET6) {
            __builtin_trap();
        }
    }
    return 0;
}
