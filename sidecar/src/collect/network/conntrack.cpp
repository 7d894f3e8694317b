#include "collect/network/conntrack.hpp"

#include <unistd.h>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxFileBytes = 256;

} // namespace

Result<Conntrack> parse_conntrack(std::string_view count, std::string_view max) {
    const auto entries = parse_count(trim(count));
    const auto limit = parse_count(trim(max));
    if (!entries || !limit) {
        return Error{"nf_conntrack_" + std::string(entries ? "max" : "count") +
                     " does not hold a number"};
    }
    Conntrack out;
    out.entries = static_cast<double>(*entries);
    if (*limit > 0) {
        out.limit = static_cast<double>(*limit);
    }
    return out;
}

CollectorReport collect_conntrack(const std::string& proc) {
    CollectorReport report;
    report.collector = "conntrack";
    const std::string stem = proc + "/sys/net/netfilter/nf_conntrack_";
    if (::access((stem + "count").c_str(), F_OK) != 0) {
        report.success = true;
        return report;
    }
    const auto count = read_file(stem + "count", kMaxFileBytes);
    const auto max = read_file(stem + "max", kMaxFileBytes);
    if (!count || !max) {
        report.error = count ? max.error().message : count.error().message;
        return report;
    }
    const auto conntrack = parse_conntrack(*count, *max);
    if (!conntrack) {
        report.error = conntrack.error().message;
        return report;
    }
    report.samples.add<"network_conntrack_entries">(conntrack->entries);
    report.samples.add<"network_conntrack_limit">(conntrack->limit);
    if (conntrack->limit) {
        report.samples.add<"network_conntrack_usage_ratio">(conntrack->entries / *conntrack->limit);
    }
    report.success = true;
    return report;
}

} // namespace opsmon::collect
