#include <catch2/catch.hpp>

#include "web/site.hpp"

using namespace opsmon;
using web::knows_host;
using web::make_site;
using web::parse_authority;

namespace {

web::SiteFacts facts(const std::string& listening = "127.0.0.1") {
    web::SiteFacts out;
    out.listening = {listening, 9788};
    out.hostname = "db1.example";
    return out;
}

} // namespace

TEST_CASE("addresses_and_names_without_a_dot_are_nobody_elses", "[web][site]") {
    const auto site = make_site(facts());
    for (const char* known :
         {"127.0.0.1", "10.0.0.7", "::1", "fe80::1%eth0", "localhost", "db1", "LOCALHOST",
          "localhost.", "opsmon.localhost", "db1.example", "DB1.Example", "db1.example."}) {
        CAPTURE(known);
        CHECK(knows_host(site, known));
    }
    for (const char* strange :
         {"", ".", "evil.example", "db1.example.evil.example", "127.0.0.1.evil.example",
          "localhost.evil.example", "evillocalhost.example", "db2.example", "1.2.3.4.5", "1.2.3"}) {
        CAPTURE(strange);
        CHECK_FALSE(knows_host(site, strange));
    }
}

TEST_CASE("what_is_configured_is_known", "[web][site]") {
    auto given = facts();
    given.allowed_hosts = {"Mon.Example"};
    given.external_url = "https://Ops.Example/opsmon";
    const auto site = make_site(given);
    CHECK(knows_host(site, "mon.example"));
    CHECK(knows_host(site, "ops.example"));
    CHECK_FALSE(knows_host(site, "other.example"));
    CHECK(site.external_url->origin() == "https://ops.example:443");
    given.listening.host = "db7.example";
    CHECK(knows_host(make_site(given), "db7.example"));
}

TEST_CASE("only_known_names_count_on_the_loopback_address_or_once_some_are_given", "[web][site]") {
    for (const char* loopback : {"127.0.0.1", "127.1.2.3", "::1", "localhost"}) {
        CAPTURE(loopback);
        auto given = facts(loopback);
        CHECK(make_site(given).by_known_names_only);
        given.has_tls = true; // a stranger's name has no certificate of ours
        CHECK_FALSE(make_site(given).by_known_names_only);
    }
    for (const char* written_otherwise : {"LOCALHOST", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1",
                                          "::FFFF:7f00:1", "ip6-localhost", "opsmon.localhost"}) {
        CAPTURE(written_otherwise);
        CHECK(make_site(facts(written_otherwise)).by_known_names_only);
    }
    for (const char* wide :
         {"", "0.0.0.0", "::", "10.0.0.7", "db1.example", "::ffff:10.0.0.7", "127.example"}) {
        CAPTURE(wide);
        auto given = facts(wide);
        CHECK_FALSE(make_site(given).by_known_names_only);
        given.allowed_hosts = {"mon.example"};
        CHECK(make_site(given).by_known_names_only);
    }
}

TEST_CASE("an_authority_is_a_host_with_or_without_a_port", "[web][site]") {
    CHECK(parse_authority("Db1:9788", false)->origin() == "http://db1:9788");
    CHECK(parse_authority("db1", false)->port == 80);
    CHECK(parse_authority("db1", true)->port == 443);
    CHECK(parse_authority("[::1]:9788", false)->host == "::1");
    for (const char* faulty : {"", "a b", "a/b", "a?b", "a#b", "u@a", "a:", "a:0", "a:99999", ":80",
                               "a:b", "[::1", "a\r\nb", "a,b", "\xc3\xa4"}) {
        CAPTURE(faulty);
        CHECK_FALSE(parse_authority(faulty, false));
    }
    CHECK_FALSE(parse_authority(std::string(3000, 'a'), false));
}
