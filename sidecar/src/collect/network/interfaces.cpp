#include "collect/network/interfaces.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxNetDevBytes = 4 << 20;
constexpr std::chrono::seconds kSpeedKept{30};

std::optional<double> percent_of(std::optional<double> part, std::optional<double> whole) {
    return part && whole && *whole > 0 ? std::optional(100 * *part / *whole) : std::nullopt;
}

std::optional<double> number(std::optional<bool> yes) {
    return yes ? std::optional(*yes ? 1.0 : 0.0) : std::nullopt;
}

void show(metrics::SampleList& out, const InterfaceView& view) {
    const InterfaceTotals& totals = view.totals;
    const std::string& name = totals.interface;
    const std::string_view type = view.type;
    out.add<"network_bytes_received_total">(totals[Counter::BytesReceived], name, type);
    out.add<"network_bytes_sent_total">(totals[Counter::BytesSent], name, type);
    out.add<"network_packets_received_total">(totals[Counter::PacketsReceived], name, type);
    out.add<"network_packets_sent_total">(totals[Counter::PacketsSent], name, type);
    out.add<"network_receive_errors_total">(totals[Counter::ReceiveErrors], name, type);
    out.add<"network_send_errors_total">(totals[Counter::SendErrors], name, type);
    out.add<"network_receive_drops_total">(totals[Counter::ReceiveDrops], name, type);
    out.add<"network_send_drops_total">(totals[Counter::SendDrops], name, type);
    out.add<"network_interface_up">(number(view.up), name, type);
    const auto speed = view.bytes_per_second;
    const auto received = totals.rate(Counter::BytesReceived);
    const auto sent = totals.rate(Counter::BytesSent);
    out.add<"network_link_speed_bytes_per_second">(speed, name, type);
    out.add<"network_receive_bytes_per_second">(received, name, type);
    out.add<"network_send_bytes_per_second">(sent, name, type);
    out.add<"network_receive_utilisation_percent">(percent_of(received, speed), name, type);
    out.add<"network_send_utilisation_percent">(percent_of(sent, speed), name, type);
}

} // namespace

PublicTraffic public_traffic_of(const std::vector<InterfaceView>& views) {
    PublicTraffic out;
    for (const InterfaceView& view : views) {
        if (view.type != "public") {
            continue;
        }
        if (const auto packets = view.totals.rate(Counter::PacketsReceived)) {
            out.packets_per_second = out.packets_per_second.value_or(0) + *packets;
        }
        const auto received = view.totals.rate(Counter::BytesReceived);
        const auto percent = percent_of(received, view.bytes_per_second);
        if (percent && (!out.receive_percent || *percent > *out.receive_percent)) {
            out.interface = view.totals.interface;
            out.receive_percent = percent;
            out.received_per_second = received;
            out.sent_per_second = view.totals.rate(Counter::BytesSent);
        }
    }
    return out;
}

Link Interfaces::link_of(const std::string& interface, SteadyTime now) {
    LinkTexts texts = read_link(sys_, interface);
    auto [known, is_new] = speeds_.try_emplace(interface);
    if (is_new || now - known->second.read_at >= kSpeedKept) {
        known->second = {read_link_speed(sys_, interface), now};
    }
    texts.speed = known->second.text;
    return parse_link(texts);
}

// Those that are shown already come first: a thousand new ones must not push them out.
Interfaces::Chosen Interfaces::choose(std::vector<InterfaceCounters> all, SteadyTime now) {
    Chosen out;
    std::erase_if(all, [&](const InterfaceCounters& counters) {
        const bool ignored = matches_any_glob(settings_.ignored_interfaces, counters.interface);
        out.ignored += ignored ? 1 : 0;
        return ignored;
    });
    if (all.size() > InterfaceLedger::kMaxShown) {
        const std::lock_guard lock(memory_->mutex);
        std::stable_partition(all.begin(), all.end(), [&](const InterfaceCounters& counters) {
            return memory_->ledger.knows(counters.interface);
        });
        out.omitted = all.size() - InterfaceLedger::kMaxShown;
        all.resize(InterfaceLedger::kMaxShown);
    }
    for (InterfaceCounters& counters : all) {
        out.links.push_back(link_of(counters.interface, now));
        out.readings.push_back({std::move(counters), out.links.back().index});
    }
    std::erase_if(speeds_,
                  [&](const auto& item) { return now - item.second.read_at > 2 * kSpeedKept; });
    return out;
}

std::vector<InterfaceView> Interfaces::view(const Chosen& chosen,
                                            const InterfaceAddresses& addresses, SteadyTime now) {
    const auto address_views = view_addresses(addresses, settings_);
    std::map<std::string, const Link*> links;
    for (std::size_t i = 0; i < chosen.readings.size(); ++i) {
        links.emplace(chosen.readings[i].counters.interface, &chosen.links[i]);
    }
    std::vector<InterfaceView> out;
    const std::lock_guard lock(memory_->mutex);
    for (InterfaceTotals& totals : memory_->ledger.add(chosen.readings, now)) {
        const Link& link = *links[totals.interface];
        const std::string name = totals.interface;
        out.push_back({std::move(totals),
                       memory_->types.type_of(name, settings_, address_views, now), link.up,
                       link_speed(name, settings_, link)});
    }
    return out;
}

CollectorReport Interfaces::collect(SteadyTime now, PublicTraffic& traffic) {
    CollectorReport report;
    report.collector = "network";
    const auto text = read_file(proc_ + "/net/dev", kMaxNetDevBytes);
    auto parsed =
        text ? parse_net_dev(*text) : Result<std::vector<InterfaceCounters>>(text.error());
    const auto addresses = read_addresses_();
    if (!parsed || !addresses) {
        report.error = parsed ? addresses.error().message : parsed.error().message;
        return report;
    }
    const Chosen chosen = choose(std::move(*parsed), now);
    const std::vector<InterfaceView> views = view(chosen, *addresses, now);
    for (const InterfaceView& one : views) {
        show(report.samples, one);
    }
    traffic = public_traffic_of(views);
    report.samples.add<"network_interfaces_ignored">(static_cast<double>(chosen.ignored));
    report.samples.add<"network_interfaces_omitted">(static_cast<double>(chosen.omitted));
    const std::lock_guard lock(memory_->mutex);
    report.samples.add<"network_interface_restarts_total">(
        static_cast<double>(memory_->ledger.restarts()));
    report.success = true;
    return report;
}

} // namespace opsmon::collect
