#include "collect/network/network.hpp"

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxNetDevBytes = 4 << 20;
constexpr std::size_t kReceivedField = 0;
constexpr std::size_t kSentField = 8;
constexpr int kHeaderLines = 2;

Result<InterfaceBytes> parse_line(std::string_view line) {
    const auto colon = line.rfind(':'); // an alias may hold one, the numbers do not
    const auto fields = colon == std::string_view::npos ? std::vector<std::string_view>()
                                                        : split_words(line.substr(colon + 1), 16);
    if (fields.size() <= kSentField) {
        return Error{"/proc/net/dev: a line is cut short: '" + std::string(line.substr(0, 80)) +
                     "'"};
    }
    const auto received = parse_count(fields[kReceivedField]);
    const auto sent = parse_count(fields[kSentField]);
    if (!received || !sent) {
        return Error{"/proc/net/dev: not a number of bytes in '" + std::string(line.substr(0, 80)) +
                     "'"};
    }
    return InterfaceBytes{std::string(trim(line.substr(0, colon))), static_cast<double>(*received),
                          static_cast<double>(*sent)};
}

} // namespace

Result<std::vector<InterfaceBytes>> parse_net_dev(std::string_view net_dev) {
    for (int i = 0; i < kHeaderLines; ++i) {
        if (take_line(net_dev).find('|') == std::string_view::npos) {
            return Error{"/proc/net/dev does not start with its two header lines"};
        }
    }
    std::vector<InterfaceBytes> out;
    while (!net_dev.empty()) {
        auto parsed = parse_line(take_line(net_dev));
        if (!parsed) {
            return parsed.error();
        }
        out.push_back(std::move(*parsed));
    }
    return out;
}

std::string_view interface_type(const std::string& interface, const config::Network& settings,
                                const std::set<std::string>& routable_interfaces) {
    if (matches_any_glob(settings.public_interfaces, interface)) {
        return "public";
    }
    if (matches_any_glob(settings.private_interfaces, interface)) {
        return "private";
    }
    return routable_interfaces.contains(interface) ? "public" : "private";
}

std::vector<CollectorReport> NetworkSource::collect(const CycleTime&, const StopSignal&) {
    CollectorReport report;
    report.collector = "network";
    const auto text = read_file(proc_ + "/net/dev", kMaxNetDevBytes);
    const auto parsed =
        text ? parse_net_dev(*text) : Result<std::vector<InterfaceBytes>>(text.error());
    const auto routable = read_routable_();
    if (!parsed || !routable) {
        report.error = parsed ? routable.error().message : parsed.error().message;
        return {report};
    }
    for (const InterfaceBytes& bytes : *parsed) {
        if (matches_any_glob(settings_.ignored_interfaces, bytes.interface)) {
            continue;
        }
        const std::string_view type = interface_type(bytes.interface, settings_, *routable);
        report.samples.add<"network_bytes_received_total">(bytes.received, bytes.interface, type);
        report.samples.add<"network_bytes_sent_total">(bytes.sent, bytes.interface, type);
    }
    report.success = true;
    return {report};
}

} // namespace opsmon::collect
