// Foreign bytes as the kernel's answer about addresses: no more of them than messages have room.

#include <cstddef>
#include <cstdint>
#include <vector>

#include <linux/netlink.h>

#include "collect/network/address_dump.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<opsmon::collect::IndexedAddress> all;
    const std::vector<std::uint8_t> copy(data, data + size); // aligned, as a receive buffer is
    bool done = false;
    (void)opsmon::collect::parse_address_messages(copy.data(), copy.size(), done, all);
    if (all.size() > size / sizeof(nlmsghdr)) {
        __builtin_trap();
    }
    return 0;
}
