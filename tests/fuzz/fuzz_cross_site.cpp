// Any lines as the method, Host, Origin and Sec-Fetch-Site of a request. Of a page whose origin is
// not the request's own host, nothing that changes anything is ever taken.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "web/cross_site.hpp"

namespace {

std::string_view take(std::string_view& rest) {
    const auto end = rest.find('\n');
    const auto out = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace opsmon::web;
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    Asking asking;
    asking.method = take(rest);
    asking.hosts = {std::string(take(rest))};
    asking.origins = {std::string(take(rest))};
    if (!rest.empty()) {
        asking.fetch_sites = {std::string(rest)};
    }
    for (const bool has_tls : {false, true}) {
        const Site site = make_site({{"127.0.0.1", 9788}, {}, "", "db1", has_tls});
        const bool welcome = judge(asking, site) == Judgement::Welcome;
        const bool reads = asking.method == "GET" || asking.method == "HEAD" ||
                           asking.method == "OPTIONS" || asking.method == "TRACE";
        const auto host = parse_authority(asking.hosts.front(), has_tls);
        if (welcome && !reads && asking.fetch_sites.empty()) {
            const std::string origin = asking.origins.front();
            const auto scheme = origin.find("://");
            const auto named = scheme == std::string::npos
                                   ? std::nullopt
                                   : parse_authority(origin.substr(scheme + 3), has_tls);
            if (!host || !named || host->host != named->host) {
                __builtin_trap();
            }
        }
        if (welcome && !has_tls && (!host || !knows_host(site, host->host))) {
            __builtin_trap();
        }
    }
    return 0;
}
