#include "collect/network/sockets.hpp"

#include <nlohmann/json.hpp>

namespace opsmon::collect {
namespace {

using Json = nlohmann::ordered_json;

Json describe(const Traffic& traffic) {
    return {{"connections", traffic.connections},
            {"receivedBytes", traffic.received_bytes},
            {"sentBytes", traffic.sent_bytes},
            {"receivedBytesPerSecond", traffic.received_bytes_per_second},
            {"sentBytesPerSecond", traffic.sent_bytes_per_second}};
}

Json describe(const Talker& talker, SteadyTime now) {
    Json out = {{"prefix", talker.prefix.to_string()},
                {"type", talker.is_public ? "public" : "private"}};
    out.update(describe(talker.traffic));
    Json states = Json::object();
    for (std::size_t state = 1; state < kTcpStates; ++state) {
        if (talker.by_state[state] > 0) {
            states[std::string(to_string(static_cast<TcpState>(state)))] = talker.by_state[state];
        }
    }
    out["states"] = std::move(states);
    out["localPorts"] = talker.local_ports;
    if (talker.shown_since) { // else it has no series of its own, and no totals
        out["shownForSeconds"] =
            std::chrono::duration_cast<std::chrono::seconds>(now - *talker.shown_since).count();
    }
    return out;
}

} // namespace

std::string describe_top_talkers(const TalkerView& view, const config::TopTalkers& settings,
                                 const CycleTime& at, SteadyTime now) {
    Json talkers = Json::array();
    double connections = view.other[0].connections + view.other[1].connections;
    for (const Talker& talker : view.shown) {
        connections += talker.traffic.connections;
    }
    for (const Talker& talker : view.busiest) {
        talkers.push_back(describe(talker, now));
    }
    const Json data = {
        {"at", static_cast<double>(at.wall) / 1000},
        {"ipv4PrefixBits", settings.ipv4_prefix_bits},
        {"ipv6PrefixBits", settings.ipv6_prefix_bits},
        {"connections", connections},
        {"topTalkers", std::move(talkers)},
        {"other", {{"public", describe(view.other[1])}, {"private", describe(view.other[0])}}},
        {"suppressed", view.suppressed_total},
        {"untracked", view.untracked_total}};
    return Json{{"status", "success"}, {"data", data}}.dump();
}

} // namespace opsmon::collect
