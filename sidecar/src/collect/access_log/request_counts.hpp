#pragma once
// This component provides `RequestCounts`: everything that is counted of one service's requests,
// line by line. The access log's source fills it and writes samples and the document from it. Pure:
// time is an argument. Its memory does not grow with what the lines hold.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "collect/access_log/client_prefix.hpp"
#include "collect/access_log/endpoint.hpp"
#include "collect/access_log/heavy_hitters.hpp"
#include "collect/access_log/log_line.hpp"
#include "collect/access_log/request_window.hpp"
#include "collect/access_log/top_series.hpp"
#include "metrics/samples.hpp"

namespace opsmon::collect {

// Who asked one endpoint most often, lately.
struct BusiestClient {
    std::string detail; // "203.0.113.0/24 POST /login"
    double requests_per_second = 0;
};

class RequestCounts {
public:
    // The first that come; a code that never was among them is one of the others.
    static constexpr std::size_t kMaxCodes = 20;
    // Of one service's samples: those that there always are, all codes, and all for each of the
    // shown endpoints and clients.
    static constexpr std::size_t kMaxSeries = 28 + kMaxCodes + 1;
    static constexpr std::size_t kSeriesPerShown = 4;

    explicit RequestCounts(std::vector<AddressRange> trusted_proxies, TopLimits limits = {})
        : endpoints_(limits), clients_(limits), prefix_(std::move(trusted_proxies)) {}

    void show_at_most(std::size_t shown) {
        endpoints_.show_at_most(shown);
        clients_.show_at_most(shown);
    }

    // Before the lines of one cycle.
    void advance(SteadyTime now);
    // `live` is false for lines that were written before the sidecar started: they count, but
    // they say nothing about the last minute.
    void add(const LogLine& line, bool live);

    // Of the last complete ten seconds; once each.
    std::optional<BusiestClient> take_busiest(SteadyTime now);

    // Nobody knows the rate of a log that is not read.
    void add_samples(const std::string& service, metrics::SampleList& out,
                     bool rate_known = true) const;

    [[nodiscard]] std::uint64_t requests(int status) const {
        return codes_[static_cast<std::size_t>(status)];
    }
    [[nodiscard]] const TopSeries& endpoints() const { return endpoints_; }
    [[nodiscard]] const TopSeries& clients() const { return clients_; }
    [[nodiscard]] const RequestWindow& window() const { return window_; }

private:
    static constexpr int kMinCode = 100;
    static constexpr int kMaxCode = 599;

    std::size_t place_of(int status);

    std::array<std::uint64_t, kMaxCode + 1> codes_{}; // 0: all others
    metrics::HistogramValue durations_{{kDurationBounds.begin(), kDurationBounds.end()}};
    std::size_t exact_codes_ = 0;
    std::uint64_t bytes_ = 0;
    RequestWindow window_;
    TopSeries endpoints_;
    TopSeries clients_;
    HeavyHitters pairs_{512}; // of prefix and endpoint
    std::optional<SteadyTime> pairs_since_;
    EndpointName endpoint_;
    ClientPrefix prefix_;
    std::string pair_; // reused
};

} // namespace opsmon::collect
