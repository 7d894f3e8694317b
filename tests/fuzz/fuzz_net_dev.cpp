// Foreign bytes as /proc/net/dev: whatever they say, no total goes down from one look to the next.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "collect/network/interface_ledger.hpp"
#include "collect/network/link.hpp"

using namespace opsmon::collect;

namespace {

std::vector<InterfaceReading> readings_of(std::string_view text) {
    std::vector<InterfaceReading> out;
    const auto all = parse_net_dev(text);
    for (std::size_t i = 0; all && i < all->size(); ++i) {
        if ((*all)[i].interface.empty()) {
            __builtin_trap();
        }
        out.push_back({(*all)[i], std::nullopt});
    }
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto middle = text.find('\f'); // two looks, one after the other
    const std::string_view second =
        middle == std::string_view::npos ? text : text.substr(middle + 1);
    InterfaceLedger ledger;
    const opsmon::SteadyTime now{std::chrono::hours(1)};
    const auto before = ledger.add(readings_of(text.substr(0, middle)), now);
    const auto after = ledger.add(readings_of(second), now + std::chrono::seconds(5));
    for (const auto& was : before) {
        for (const auto& is : after) {
            for (std::size_t i = 0; is.interface == was.interface && i < kCounters; ++i) {
                if (is.totals[i] < was.totals[i]) {
                    __builtin_trap();
                }
            }
        }
    }
    const Link link = parse_link({std::string(text), std::string(text), "1", std::string(text)});
    if (link.bytes_per_second && *link.bytes_per_second <= 0) {
        __builtin_trap();
    }
    return 0;
}
