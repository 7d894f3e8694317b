#pragma once
// This component writes /api/v1/requests: per service the last minute's rate, errors and durations,
// its busiest endpoints and clients, and which logs cannot be followed. The access log's source
// leaves a view here each cycle; threads of the web server read it. It never waits for a cycle.

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "collect/access_log/request_counts.hpp"

namespace opsmon::collect {

inline constexpr const char* kRequestsPath = "/api/v1/requests";

struct RequestsView {
    struct Top {
        std::string name;
        RequestTotals totals;
    };

    std::string service;
    std::optional<double> rate;
    std::optional<double> error_ratio;
    std::optional<double> p50_seconds;
    std::optional<double> p95_seconds;
    std::optional<double> p99_seconds;
    std::vector<Top> endpoints; // the busiest first, then all others together
    std::vector<Top> clients;
    std::vector<std::string> errors;
};

RequestsView view_requests(const std::string& service, const RequestCounts& counts);

std::string write_requests(const std::vector<RequestsView>& services);

class RequestsDocument {
public:
    void replace(std::vector<RequestsView> services) {
        auto next = std::make_shared<const std::vector<RequestsView>>(std::move(services));
        const std::lock_guard lock(mutex_);
        services_ = std::move(next);
    }

    [[nodiscard]] std::string write() const {
        std::shared_ptr<const std::vector<RequestsView>> services;
        {
            const std::lock_guard lock(mutex_);
            services = services_;
        }
        return write_requests(*services);
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const std::vector<RequestsView>> services_ =
        std::make_shared<const std::vector<RequestsView>>();
};

} // namespace opsmon::collect
