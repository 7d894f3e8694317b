#include "collect/access_log/requests_document.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace opsmon::collect {
namespace {

using nlohmann::json;

std::vector<RequestsView::Top> ranked(const TopSeries& series) {
    std::vector<RequestsView::Top> out;
    for (const auto& [name, totals] : series.shown()) {
        out.push_back({name, totals});
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
        return a.totals.requests != b.totals.requests ? a.totals.requests > b.totals.requests
                                                      : a.name < b.name;
    });
    out.push_back({"other", series.other()});
    return out;
}

json number(std::optional<double> value) {
    return value ? json(*value) : json(nullptr);
}

json write_top(const std::vector<RequestsView::Top>& tops, const char* key) {
    json out = json::array();
    for (const auto& [name, totals] : tops) {
        const auto share = [](double part, std::uint64_t whole) {
            return whole > 0 ? json(part / static_cast<double>(whole)) : json(nullptr);
        };
        out.push_back({{key, name},
                       {"requests", totals.requests},
                       {"error_ratio", share(static_cast<double>(totals.errors), totals.requests)},
                       {"mean_duration_seconds", share(totals.seconds, totals.timed)}});
    }
    return out;
}

} // namespace

RequestsView view_requests(const std::string& service, const RequestCounts& counts) {
    RequestsView view;
    view.service = service;
    view.rate = counts.window().rate();
    view.error_ratio = counts.window().error_ratio();
    view.p50_seconds = counts.window().quantile(0.5);
    view.p95_seconds = counts.window().quantile(0.95);
    view.p99_seconds = counts.window().quantile(0.99);
    view.endpoints = ranked(counts.endpoints());
    view.clients = ranked(counts.clients());
    return view;
}

std::string write_requests(const std::vector<RequestsView>& services) {
    json list = json::array();
    for (const RequestsView& view : services) {
        list.push_back({{"service", view.service},
                        {"requests_per_second", number(view.rate)},
                        {"error_ratio", number(view.error_ratio)},
                        {"duration_seconds",
                         {{"p50", number(view.p50_seconds)},
                          {"p95", number(view.p95_seconds)},
                          {"p99", number(view.p99_seconds)}}},
                        {"endpoints", write_top(view.endpoints, "endpoint")},
                        {"clients", write_top(view.clients, "prefix")},
                        {"errors", view.errors}});
    }
    // Names of files may hold any bytes.
    return json{{"status", "success"}, {"data", {{"services", std::move(list)}}}}.dump(
        -1, ' ', false, json::error_handler_t::replace);
}

} // namespace opsmon::collect
