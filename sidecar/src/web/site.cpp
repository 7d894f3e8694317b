#include "web/site.hpp"

#include <algorithm>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/address.hpp"

namespace opsmon::web {
namespace {

std::string in_small_letters(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

bool is_address(const std::string& host) {
    in_addr four{};
    return host.find(':') != std::string::npos || ::inet_pton(AF_INET, host.c_str(), &four) == 1;
}

// However it is written: 0:0:0:0:0:0:0:1 and ::ffff:127.0.0.1 are such addresses as well. The names
// are those that Debian's /etc/hosts has.
bool is_loopback_host(std::string host) {
    host = in_small_letters(host);
    in_addr four{};
    if (::inet_pton(AF_INET, host.c_str(), &four) == 1) {
        return ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    if (::inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) == 1) {
        return is_loopback(*address_of(reinterpret_cast<const sockaddr*>(&six)));
    }
    return host == "localhost" || host.ends_with(".localhost") || host == "ip6-localhost" ||
           host == "ip6-loopback";
}

} // namespace

Site make_site(const SiteFacts& facts) {
    Site out;
    out.has_tls = facts.has_tls;
    for (const std::string& name : facts.allowed_hosts) {
        out.names.push_back(in_small_letters(name));
    }
    out.names.push_back(in_small_letters(facts.hostname));
    out.names.push_back(in_small_letters(facts.listening.host));
    if (const auto url = parse_url(facts.external_url)) {
        out.external_url = *url;
        out.external_url->host = in_small_letters(url->host);
        out.names.push_back(out.external_url->host);
    }
    out.by_known_names_only =
        !facts.allowed_hosts.empty() || (!facts.has_tls && is_loopback_host(facts.listening.host));
    return out;
}

std::optional<Url> parse_authority(std::string_view text, bool tls) {
    if (text.empty() || text.find_first_of("/?#") != std::string_view::npos) {
        return std::nullopt;
    }
    auto url = parse_url((tls ? "https://" : "http://") + std::string(text));
    if (!url) {
        return std::nullopt;
    }
    url->host = in_small_letters(url->host);
    return *url;
}

bool knows_host(const Site& site, std::string_view host) {
    std::string name = in_small_letters(host);
    if (is_address(name)) {
        return true; // it leads where it says, and nowhere else
    }
    if (name.ends_with('.')) { // the same name, written out
        name.pop_back();
    }
    const bool is_local = name.find('.') == std::string::npos || name.ends_with(".localhost");
    return !name.empty() &&
           (is_local || std::find(site.names.begin(), site.names.end(), name) != site.names.end());
}

} // namespace opsmon::web
