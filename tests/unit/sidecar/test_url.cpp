#include <catch2/catch.hpp>

#include "base/host_header.hpp"
#include "base/url.hpp"

using namespace opsmon;

TEST_CASE("takes_an_address_apart") {
    const auto url = parse_url("https://web.example:8443/health/x?deep=1#top");
    REQUIRE(url);
    CHECK(url->tls);
    CHECK(url->host == "web.example");
    CHECK(url->port == 8443);
    CHECK(url->path == "/health/x");
    CHECK(url->target() == "/health/x?deep=1");
    CHECK(url->origin() == "https://web.example:8443");
    CHECK(host_header(*url) == "web.example:8443");
    CHECK(host_header(*parse_url("https://web.example/")) == "web.example");
    CHECK(host_header(*parse_url("http://[::1]:80/")) == "[::1]");
}

TEST_CASE("an_address_without_port_or_path_has_the_usual_ones") {
    CHECK(parse_url("http://a")->port == 80);
    CHECK(parse_url("https://a")->port == 443);
    CHECK(parse_url("http://a?x")->target() == "/?x");
    CHECK(parse_url("http://[::1]:80/")->origin() == "http://[::1]:80");
}

TEST_CASE("refuses_addresses_it_cannot_call") {
    for (const char* text :
         {"", "ftp://a", "http://", "http:///x", "http://a:0", "http://a:99999", "http://a:x",
          "http://[::1", "http://[]", "http://a b", "http://a\n", "http://a/\x80", "a.example"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_url(text));
    }
}

TEST_CASE("refuses_a_password_in_an_address_without_repeating_it") {
    const auto url = parse_url("http://user:secret@a/");
    REQUIRE_FALSE(url);
    CHECK(url.error().message.find("secret") == std::string::npos);
}

TEST_CASE("reads_listen_addresses") {
    CHECK(parse_host_port("127.0.0.1:9788")->to_string() == "127.0.0.1:9788");
    CHECK(parse_host_port("[::1]:9788")->host == "::1");
    CHECK(parse_host_port(":9788")->host.empty());
    for (const char* text : {"", "9788", "a", "a:", "a:0", "::1:9788", "a:1:2"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_host_port(text));
    }
}
