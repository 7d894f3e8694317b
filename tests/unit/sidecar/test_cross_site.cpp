#include <catch2/catch.hpp>

#include "web/cross_site.hpp"

using namespace opsmon;
using web::Asking;
using web::judge;
using web::Judgement;
using web::make_site;
using web::Site;

namespace {

using Texts = std::vector<std::string>;

const Texts kReading = {"GET", "HEAD", "OPTIONS", "TRACE"};
const Texts kChanging = {"POST", "DELETE", "PUT", "PATCH", "CONNECT", "PRI", "get", ""};
const Texts kHosts = {"127.0.0.1:9788",    "localhost:9788",     "[::1]:9788", "db1:9788",
                      "evil.example:9788", "mon.example",        "a b",        "",
                      "db1.example:9788",  "evil.example:9788@", "localhost"};
const Texts kForeign = {"null",
                        "",
                        "http://evil.example",
                        "https://evil.example",
                        "http://127.0.0.1",
                        "http://127.0.0.1:3000",
                        "http://localhost:3000",
                        "http://user@127.0.0.1:9788",
                        "http://127.0.0.1:9788/",
                        "http://127.0.0.1:9788.evil.example",
                        "127.0.0.1:9788",
                        "file://",
                        "chrome-extension://127.0.0.1:9788",
                        "HTTP://127.0.0.1:9788",
                        "http://127.0.0.1:9788 http://evil.example",
                        "http://127.0.0.1:9788, http://evil.example"};
const Texts kFetchSites = {"cross-site", "same-site", "", "Same-Origin", "same-origin, cross-site"};

struct Setting {
    const char* name;
    Site site;
};

std::vector<Setting> settings() {
    const HostPort loopback{"127.0.0.1", 9788};
    const HostPort everywhere{"", 9788};
    const std::string proxy = "https://mon.example/opsmon";
    return {{"loopback", make_site({loopback, {}, "", "db1", false})},
            {"loopback behind a proxy", make_site({loopback, {}, proxy, "db1", false})},
            {"loopback with TLS", make_site({loopback, {}, "", "db1", true})},
            {"everywhere", make_site({everywhere, {}, "", "db1", false})},
            {"everywhere behind a proxy", make_site({everywhere, {}, proxy, "db1", false})},
            {"everywhere with TLS", make_site({everywhere, {}, "", "db1", true})},
            {"named", make_site({everywhere, {"db1.example"}, "", "db1", false})}};
}

Judgement ask(const Site& site, const std::string& method, Texts hosts, Texts origins = {},
              Texts fetch_sites = {}) {
    return judge({method, std::move(hosts), std::move(origins), std::move(fetch_sites)}, site);
}

Site loopback() {
    return settings()[0].site;
}

} // namespace

TEST_CASE("a_page_of_another_origin_changes_nothing", "[web][cross_site]") {
    for (const auto& [name, site] : settings()) {
        for (const std::string& method : kChanging) {
            for (const std::string& origin : kForeign) {
                CAPTURE(name, method, origin);
                CHECK(ask(site, method, {"127.0.0.1:9788"}, {origin}) == Judgement::OtherSite);
                for (const std::string& fetch_site : kFetchSites) {
                    CHECK(ask(site, method, {"127.0.0.1:9788"}, {origin}, {fetch_site}) ==
                          Judgement::OtherSite);
                }
            }
        }
    }
}

TEST_CASE("what_the_browser_calls_another_site_changes_nothing", "[web][cross_site]") {
    for (const auto& [name, site] : settings()) {
        for (const std::string& method : kChanging) {
            for (const std::string& fetch_site : kFetchSites) {
                for (const Texts& origins : {Texts(), Texts{"http://127.0.0.1:9788"}}) {
                    CAPTURE(name, method, fetch_site);
                    CHECK(ask(site, method, {"127.0.0.1:9788"}, origins, {fetch_site}) ==
                          Judgement::OtherSite);
                }
            }
            CHECK(ask(site, method, {"127.0.0.1:9788"}, {}, {"same-origin", "same-origin"}) ==
                  Judgement::OtherSite);
            CHECK(ask(site, method, {"127.0.0.1:9788"},
                      {"http://127.0.0.1:9788", "http://evil.example"}) == Judgement::OtherSite);
        }
    }
}

TEST_CASE("a_name_made_to_lead_here_changes_nothing", "[web][cross_site]") {
    for (const auto& [name, site] : settings()) {
        if (site.has_tls) {
            continue; // there the browser has refused the certificate
        }
        CAPTURE(name);
        for (const std::string& method : kChanging) {
            CHECK(ask(site, method, {"evil.example:9788"}, {"http://evil.example:9788"}) ==
                  Judgement::UnknownName);
        }
    }
}

TEST_CASE("a_name_made_to_lead_here_reads_nothing_where_names_are_known", "[web][cross_site]") {
    for (const auto& [name, site] : settings()) {
        for (const std::string& method : kReading) {
            for (const std::string& host : kHosts) {
                CAPTURE(name, method, host);
                const auto asked = web::parse_authority(host, site.has_tls);
                const bool known = asked && web::knows_host(site, asked->host);
                const auto expected = known || !site.by_known_names_only ? Judgement::Welcome
                                                                         : Judgement::UnknownName;
                CHECK(ask(site, method, {host}) == expected);
                // Nothing that a page of another origin could add makes a difference to reading:
                // the browser does not show it the answer.
                CHECK(ask(site, method, {host}, {"http://evil.example"}, {"cross-site"}) ==
                      expected);
            }
            CHECK(ask(site, method, {"localhost", "localhost"}) == Judgement::UnknownName);
            CHECK(ask(site, method, {}) == Judgement::Welcome); // HTTP/1.0
        }
    }
    CHECK(ask(loopback(), "GET", {"evil.example:9788"}) == Judgement::UnknownName);
}

TEST_CASE("programs_that_are_no_browsers_are_not_held_up", "[web][cross_site]") {
    for (const auto& [name, site] : settings()) {
        for (const auto& methods : {kReading, kChanging}) {
            for (const std::string& method : methods) {
                for (const char* host : {"127.0.0.1:9788", "localhost:9788", "db1:9788", "[::1]"}) {
                    CAPTURE(name, method, host);
                    CHECK(ask(site, method, {host}) == Judgement::Welcome);
                }
                CHECK(ask(site, method, {}) == Judgement::Welcome);
            }
        }
    }
    // Beyond the loopback address Prometheus may come by whatever name the site gave the machine.
    CHECK(ask(settings()[3].site, "POST", {"db1.dc2.example:9788"}) == Judgement::Welcome);
}

TEST_CASE("the_sidecars_own_page_changes_what_it_likes", "[web][cross_site]") {
    for (const auto& [name, site] : settings()) {
        const std::string scheme = site.has_tls ? "https://" : "http://";
        for (const char* host :
             {"127.0.0.1:9788", "localhost:8080", "LocalHost:1", "[::1]:9788", "db1:9788", "db1"}) {
            CAPTURE(name, host);
            CHECK(ask(site, "POST", {host}, {scheme + host}) == Judgement::Welcome);
            CHECK(ask(site, "POST", {host}, {scheme + host}, {"same-origin"}) ==
                  Judgement::Welcome);
            CHECK(ask(site, "POST", {host}, {}, {"none"}) == Judgement::Welcome);
        }
    }
    // The port that is usual for the scheme may be left out, on either side.
    const Site everywhere = settings()[3].site;
    CHECK(ask(everywhere, "POST", {"db1:80"}, {"http://db1"}) == Judgement::Welcome);
    CHECK(ask(everywhere, "POST", {"db1"}, {"https://db1"}) == Judgement::Welcome);
    CHECK(ask(everywhere, "POST", {"db1"}, {"https://db1:80"}) == Judgement::OtherSite);
}

TEST_CASE("the_page_behind_a_proxy_is_known_by_its_external_url", "[web][cross_site]") {
    for (const std::size_t with_url : {1U, 4U}) {
        const Site site = settings()[with_url].site;
        for (const char* host : {"127.0.0.1:9788", "mon.example", "mon.example:443"}) {
            CAPTURE(with_url, host);
            CHECK(ask(site, "POST", {host}, {"https://mon.example"}) == Judgement::Welcome);
            CHECK(ask(site, "POST", {host}, {"https://mon.example:443"}) == Judgement::Welcome);
            CHECK(ask(site, "POST", {host}, {"https://mon.example.evil.example"}) ==
                  Judgement::OtherSite);
            CHECK(ask(site, "POST", {host}, {"http://mon.example:8080"}) == Judgement::OtherSite);
        }
    }
    // A proxy that gives itself for the client, and nothing is said of it.
    CHECK(ask(loopback(), "POST", {"127.0.0.1:9788"}, {"https://mon.example"}) ==
          Judgement::OtherSite);
    CHECK(ask(loopback(), "GET", {"mon.example"}) == Judgement::UnknownName);
}

TEST_CASE("a_page_without_tls_is_not_the_one_that_has_it", "[web][cross_site]") {
    const Site site = settings()[5].site;
    CHECK(ask(site, "POST", {"db1"}, {"http://db1"}) == Judgement::OtherSite);
    CHECK(ask(site, "POST", {"db1.example"}, {"https://db1.example"}) == Judgement::Welcome);
}

TEST_CASE("each_refusal_says_what_to_set", "[web][cross_site]") {
    CHECK(web::reason(Judgement::Welcome).empty());
    for (const auto each : {Judgement::UnknownName, Judgement::OtherSite}) {
        CHECK_THAT(std::string(web::reason(each)), Catch::Contains("web.external_url"));
    }
}
