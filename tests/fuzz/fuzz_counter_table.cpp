// Foreign bytes as /proc/net/snmp, snmp6, netstat, sockstat, nf_conntrack_* and as what was kept of
// the days: a count is never negative, and what is read of the days can be written and read again.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/address_range.hpp"
#include "collect/network/attack.hpp"
#include "collect/network/conntrack.hpp"
#include "collect/network/counter_table.hpp"
#include "collect/network/sockstat.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

void check(const Result<CounterTable>& table) {
    if (!table) {
        return;
    }
    for (const std::string_view name :
         {"Tcp.PassiveOpens", "TcpExt.ListenOverflows", "Ip6InReceives"}) {
        if (const auto value = table->find(name); value && !(*value >= 0)) {
            __builtin_trap();
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check(parse_counter_pairs(text));
    check(parse_counter_lines(text));
    if (const auto counts = parse_sockstat(text); counts && !(counts->tcp_in_use >= 0)) {
        __builtin_trap();
    }
    if (const auto conntrack = parse_conntrack(text, text); conntrack && conntrack->limit == 0.0) {
        __builtin_trap();
    }
    const auto days = days_from_text(text);
    if (days_from_text(days_as_text(days)) != days) {
        __builtin_trap();
    }
    DailyPeaks peaks;
    peaks.restore(days);
    if (const auto peak = peaks.peak(); peak && !(*peak >= 0 && std::isfinite(*peak))) {
        __builtin_trap();
    }
    if (const auto range = parse_address_range(text); range && !range->contains(range->base)) {
        __builtin_trap();
    }
    return 0;
}
