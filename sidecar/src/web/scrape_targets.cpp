#include "web/scrape_targets.hpp"

#include <set>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>

#include "base/clock.hpp"
#include "base/url.hpp"
#include "history/source.hpp"

namespace opsmon::web {
namespace {

using nlohmann::json;

constexpr TimestampMs kRecentMs = 5 * 60 * 1000;
constexpr std::size_t kMaxHostBytes = 255;

bool is_loopback(const std::string& address) {
    return address.starts_with("127.") || address == "::1";
}

bool is_address(const std::string& text) {
    in6_addr parsed{};
    return ::inet_pton(AF_INET, text.c_str(), &parsed) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), &parsed) == 1;
}

// "10.0.0.2", "10.0.0.2/standby_1", "10.0.0.2#2"; over a unix socket it is a name and no address.
std::string address_of(const std::string& slave) {
    std::string out = slave.substr(0, slave.find_first_of("/#"));
    return is_address(out) ? out : std::string();
}

// What others may have put into the header Host is no more than a host and a port.
std::string own_target(std::string_view asked_host, Listening listening) {
    std::string host(asked_host);
    const bool plain =
        !host.empty() && host.size() <= kMaxHostBytes &&
        host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               ".-_:[]") == std::string::npos;
    if (!plain) {
        return HostPort{"localhost", listening.port}.to_string();
    }
    const auto colon = host.rfind(':');
    const bool has_port = colon != std::string::npos && host.find(']', colon) == std::string::npos;
    return has_port ? host : host + (listening.tls ? ":443" : ":80");
}

json self_group(const std::string& external_url, std::string_view asked_host, Listening listening) {
    json labels = {{"__meta_opsmon_role", "self"}};
    const auto url = parse_url(external_url);
    const bool known = !external_url.empty() && url;
    if (known ? url->tls : listening.tls) {
        labels["__scheme__"] = "https";
    }
    if (!known) {
        return {{"targets", {own_target(asked_host, listening)}}, {"labels", std::move(labels)}};
    }
    std::string path = url->path;
    while (path.ends_with('/')) {
        path.pop_back();
    }
    if (!path.empty()) {
        labels["__metrics_path__"] = path + "/metrics";
    }
    return {{"targets", {HostPort{url->host, url->port}.to_string()}},
            {"labels", std::move(labels)}};
}

std::vector<Replica> connected_replicas(const ReadSource& read) {
    std::vector<Replica> out;
    const TimestampMs now = wall_now();
    read([&](const history::Source& source) {
        const auto any = [](const metrics::Labels&) { return true; };
        for (const auto& each :
             source.newest("postgresql_replication_info", any, now - kRecentMs, now)) {
            out.push_back({std::string(each.labels->get("slave")),
                           std::string(each.labels->get("consumer")),
                           std::string(each.labels->get("application_name"))});
        }
    });
    return out;
}

} // namespace

std::string write_scrape_targets(const std::string& external_url, std::string_view asked_host,
                                 Listening listening, const std::vector<Replica>& replicas) {
    json out = json::array({self_group(external_url, asked_host, listening)});
    std::set<std::string> told;
    for (const Replica& replica : replicas) {
        const std::string address = address_of(replica.slave);
        // One on this machine cannot have a sidecar on the same port: that is this one.
        if (address.empty() || is_loopback(address) || !told.insert(address).second) {
            continue;
        }
        json labels = {{"__meta_opsmon_role", "replica"},
                       {"__meta_opsmon_consumer", replica.consumer},
                       {"__meta_opsmon_application_name", replica.application_name}};
        if (listening.tls) {
            labels["__scheme__"] = "https";
        }
        out.push_back({{"targets", {HostPort{address, listening.port}.to_string()}},
                       {"labels", std::move(labels)}});
    }
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

void add_scrape_targets_route(Routes& routes, ReadSource read,
                              std::function<std::string()> external_url, Listening listening) {
    routes.get("/sd", [read = std::move(read), external_url = std::move(external_url),
                       listening](const httplib::Request& request, httplib::Response& response) {
        response.set_content(
            write_scrape_targets(external_url ? external_url() : std::string(),
                                 request.get_header_value("Host"), listening,
                                 read ? connected_replicas(read) : std::vector<Replica>()),
            "application/json");
    });
}

} // namespace opsmon::web
