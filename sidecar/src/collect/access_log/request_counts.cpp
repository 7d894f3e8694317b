#include "collect/access_log/request_counts.hpp"

namespace opsmon::collect {
namespace {

using namespace std::chrono_literals;

constexpr auto kBusiestOver = 10s;

bool is_error(int status) {
    return status >= 500 && status <= 599;
}

} // namespace

void RequestCounts::advance(SteadyTime now) {
    window_.advance(now);
    endpoints_.review(now);
    clients_.review(now);
    if (!pairs_since_) {
        pairs_since_ = now;
    }
}

std::size_t RequestCounts::place_of(int status) {
    if (status < kMinCode || status > kMaxCode) {
        return 0;
    }
    const auto code = static_cast<std::size_t>(status);
    if (codes_[code] == 0) {
        if (exact_codes_ == kMaxCodes) {
            return 0;
        }
        ++exact_codes_;
    }
    return code;
}

void RequestCounts::add(const LogLine& line, bool live) {
    ++codes_[place_of(line.status)];
    bytes_ += line.bytes.value_or(0);
    RequestTotals request;
    request.requests = 1;
    request.errors = is_error(line.status) ? 1 : 0;
    std::optional<std::size_t> bucket;
    if (line.duration_seconds) {
        bucket = duration_bucket(*line.duration_seconds);
        ++durations_.counts[*bucket];
        durations_.sum += *line.duration_seconds;
        request.timed = 1;
        request.seconds = *line.duration_seconds;
    }
    const std::string_view endpoint = endpoint_.of(line.method, line.target);
    const std::string_view prefix = prefix_.of(line.client, line.forwarded_for);
    endpoints_.add(endpoint, request);
    clients_.add(prefix, request);
    if (live) {
        window_.add(is_error(line.status), bucket);
        pair_.assign(prefix);
        pair_ += ' ';
        pair_ += endpoint;
        pairs_.add(pair_);
    }
}

std::optional<BusiestClient> RequestCounts::take_busiest(SteadyTime now) {
    if (!pairs_since_ || now - *pairs_since_ < kBusiestOver) {
        return std::nullopt;
    }
    const std::chrono::duration<double> seconds = now - *pairs_since_;
    const auto top = pairs_.top(1);
    pairs_since_ = now;
    pairs_.clear();
    if (top.empty()) {
        return BusiestClient();
    }
    return BusiestClient{top.front().key, static_cast<double>(top.front().sure) / seconds.count()};
}

void RequestCounts::add_samples(const std::string& service, metrics::SampleList& out,
                                bool rate_known) const {
    const auto number = [](std::uint64_t count) { return static_cast<double>(count); };
    for (std::size_t code = kMinCode; code < codes_.size(); ++code) {
        if (codes_[code] > 0) {
            out.add<"service_requests_total">(number(codes_[code]), service, std::to_string(code));
        }
    }
    if (codes_[0] > 0) {
        out.add<"service_requests_total">(number(codes_[0]), service, "other");
    }
    if (durations_.count() > 0) {
        out.add_histogram<"service_request_duration_seconds">(durations_, service);
    }
    out.add<"service_response_bytes_total">(number(bytes_), service);
    out.add<"service_request_rate">(rate_known ? window_.rate() : std::nullopt, service);
    out.add<"service_error_ratio">(window_.error_ratio(), service);
    for (const char* quantile : {"0.5", "0.95", "0.99"}) {
        out.add<"service_request_duration_quantile_seconds">(window_.quantile(std::stod(quantile)),
                                                             service, quantile);
    }
    const auto add_endpoint = [&](const std::string& endpoint, const RequestTotals& totals) {
        out.add<"service_endpoint_requests_total">(number(totals.requests), service, endpoint);
        out.add<"service_endpoint_errors_total">(number(totals.errors), service, endpoint);
        if (totals.timed > 0) {
            out.add<"service_endpoint_duration_seconds_total">(totals.seconds, service, endpoint);
        }
    };
    for (const auto& [endpoint, totals] : endpoints_.shown()) {
        add_endpoint(endpoint, totals);
    }
    add_endpoint("other", endpoints_.other());
    for (const auto& [prefix, totals] : clients_.shown()) {
        out.add<"service_client_requests_total">(number(totals.requests), service, prefix);
    }
    out.add<"service_client_requests_total">(number(clients_.other().requests), service, "other");
    out.add<"service_label_values_refused_total">(number(endpoints_.refused()), service,
                                                  "endpoint");
    out.add<"service_label_values_refused_total">(number(clients_.refused()), service, "prefix");
}

} // namespace opsmon::collect
