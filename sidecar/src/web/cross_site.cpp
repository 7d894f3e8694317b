#include "web/cross_site.hpp"

#include <optional>

namespace opsmon::web {
namespace {

bool changes_nothing(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE";
}

// "https://host:port"; nothing for "null" and for all that has no such form.
std::optional<Url> parse_origin(std::string_view text) {
    for (const bool tls : {false, true}) {
        const std::string_view scheme = tls ? "https://" : "http://";
        if (text.starts_with(scheme)) {
            return parse_authority(text.substr(scheme.size()), tls);
        }
    }
    return std::nullopt;
}

bool same_origin(const Url& a, const Url& b) {
    return a.tls == b.tls && a.host == b.host && a.port == b.port;
}

// Without TLS here there may be some in front: then the scheme is the proxy's affair.
bool is_origin_of(const Url& origin, std::string_view host, const Site& site) {
    const auto asked = parse_authority(host, origin.tls);
    return asked && same_origin(origin, *asked) && (origin.tls || !site.has_tls);
}

Judgement judge_change(const Asking& asking, const Site& site) {
    if (asking.fetch_sites.size() > 1 || asking.origins.size() > 1) {
        return Judgement::OtherSite;
    }
    if (!asking.fetch_sites.empty()) {
        // A browser says this of its own accord, and only of places that no name can be made to
        // lead to: by TLS, or on the loopback address.
        const std::string& fetch_site = asking.fetch_sites.front();
        return fetch_site == "same-origin" || fetch_site == "none" ? Judgement::Welcome
                                                                   : Judgement::OtherSite;
    }
    if (asking.origins.empty()) {
        return Judgement::Welcome; // no browser: each sends one with what is no GET
    }
    const auto origin = parse_origin(asking.origins.front());
    if (!origin) {
        return Judgement::OtherSite;
    }
    if (site.external_url && same_origin(*origin, *site.external_url)) {
        return Judgement::Welcome;
    }
    if (asking.hosts.empty() || !is_origin_of(*origin, asking.hosts.front(), site)) {
        return Judgement::OtherSite;
    }
    return site.has_tls || knows_host(site, origin->host) ? Judgement::Welcome
                                                          : Judgement::UnknownName;
}

} // namespace

Judgement judge(const Asking& asking, const Site& site) {
    if (asking.hosts.size() > 1) {
        return Judgement::UnknownName;
    }
    if (site.by_known_names_only && !asking.hosts.empty()) {
        const auto asked = parse_authority(asking.hosts.front(), site.has_tls);
        if (!asked || !knows_host(site, asked->host)) {
            return Judgement::UnknownName;
        }
    }
    return changes_nothing(asking.method) ? Judgement::Welcome : judge_change(asking, site);
}

std::string_view reason(Judgement judgement) {
    switch (judgement) {
    case Judgement::Welcome:
        return "";
    case Judgement::UnknownName:
        return "opsmon-sidecar does not know the name in the Host header as its own; add it to "
               "web.allowed_hosts, or set web.external_url to the address that browsers show";
    case Judgement::OtherSite:
        return "this was sent by a page of another origin; if it is opsmon-sidecar's own, behind a "
               "proxy, set web.external_url to the address that browsers show";
    }
    return "";
}

} // namespace opsmon::web
