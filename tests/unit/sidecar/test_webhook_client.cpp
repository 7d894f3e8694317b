#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "notify/webhook_client.hpp"
#include "support/hook.hpp"
#include "support/probe_peer.hpp"
#include "support/scratch_file.hpp"

using namespace opsmon;
using test::Hook;
using namespace std::chrono_literals;

namespace {

notify::HttpAnswer post(const std::string& url, const std::string& authorization = "",
                        bool follow = true) {
    return notify::post_json(
        {notify::SecretUrl(*parse_url(url)), notify::SecretHeader(authorization), follow}, "{}",
        10s);
}

test::ProbePeer::Handler redirects_over_tls(const test::Certificate& own,
                                            const std::string& location) {
    const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    SSL_CTX_use_certificate(context.get(), own.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), own.key.get());
    const auto answer =
        "HTTP/1.1 308 Moved\r\nContent-Length: 0\r\nLocation: " + location + "\r\n\r\n";
    return [context, answer](int fd) {
        const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()), SSL_free);
        SSL_set_fd(tls.get(), fd);
        std::string request;
        char buffer[4096];
        int got = SSL_accept(tls.get());
        while (got > 0 && !request.ends_with("{}")) {
            got = SSL_read(tls.get(), buffer, sizeof buffer);
            request.append(buffer, static_cast<std::size_t>(std::max(got, 0)));
        }
        SSL_write(tls.get(), answer.data(), static_cast<int>(answer.size()));
        SSL_shutdown(tls.get());
    };
}

} // namespace

TEST_CASE("a_redirect_with_307_or_308_takes_method_body_and_authorization_along", "[notify]") {
    const int status = GENERATE(307, 308);
    Hook hook;
    hook.redirect("/SECRET", status, "/moved?x=1");
    const auto answer = post(hook.at("127.0.0.1", "/SECRET"), "Bearer token");
    CHECK(answer.status == 200);
    CHECK(answer.body == "ok");
    const auto asked = hook.asked();
    REQUIRE(asked.size() == 2);
    CHECK_THAT(asked[1], Catch::StartsWith("POST /moved?x=1 ") && Catch::EndsWith("{}") &&
                             Catch::Contains("Authorization: Bearer token\r\n") &&
                             Catch::Contains("Content-Type: application/json\r\n"));
}

TEST_CASE("a_redirect_to_another_origin_is_followed_without_the_authorization", "[notify]") {
    Hook home;
    Hook other;
    home.redirect("/", 308, other.at("127.0.0.1", "/away")); // the same host, another port
    other.redirect("/away", 308, home.at("127.0.0.1", "/back"));
    CHECK(post(home.at("127.0.0.1", "/"), "Bearer token").status == 200);
    CHECK_THAT(home.asked().at(0), Catch::Contains("Authorization: Bearer token"));
    CHECK_THAT(other.asked().at(0), !Catch::Contains("token") && !Catch::Contains("Authorization"));
    CHECK_THAT(home.asked().at(1), Catch::StartsWith("POST /back ") && !Catch::Contains("token"));
}

TEST_CASE("a_redirect_to_another_name_of_the_host_is_followed_without_the_authorization",
          "[notify]") {
    Hook hook;
    hook.redirect("/", 307, hook.at("localhost", "/moved"));
    CHECK(post(hook.at("127.0.0.1", "/"), "Bearer token").status == 200);
    CHECK_THAT(hook.asked().at(1), Catch::StartsWith("POST /moved ") && !Catch::Contains("token"));
}

TEST_CASE("ten_redirects_are_followed_and_no_more", "[notify]") {
    Hook hook;
    for (int i = 0; i < 11; ++i) {
        hook.redirect("/" + std::to_string(i), 307, "/" + std::to_string(i + 1));
    }
    CHECK(post(hook.at("127.0.0.1", "/1")).status == 200);
    const auto answer = post(hook.at("127.0.0.1", "/0"));
    CHECK(answer.status == 307);
    CHECK(answer.redirect == "it was redirected to 127.0.0.1 after ten other redirects");
    CHECK(hook.asked().size() == 22);
}

TEST_CASE("a_redirect_that_asks_for_a_page_is_not_followed", "[notify]") {
    const int status = GENERATE(301, 302, 303);
    Hook hook;
    hook.redirect("/", status, "https://login.test/SECRET");
    const auto answer = post(hook.at("127.0.0.1", "/"));
    CHECK(answer.status == status);
    CHECK(answer.redirect == "it was redirected to login.test, which would ask for a page and tell "
                             "nothing: give that address itself");
    CHECK(hook.asked().size() == 1);
}

TEST_CASE("no_redirect_is_followed_where_the_settings_say_so", "[notify]") {
    Hook hook;
    hook.redirect("/", 308, "/SECRET");
    const auto answer = post(hook.at("127.0.0.1", "/"), "", false);
    CHECK(answer.status == 308);
    CHECK(answer.redirect == "it was redirected to 127.0.0.1, and follow_redirects is false");
    CHECK(hook.asked().size() == 1);
}

TEST_CASE("a_redirect_to_what_is_no_address_is_not_followed_and_not_shown", "[notify]") {
    const auto* location =
        GENERATE("", "ftp://h/SECRET", "https://user:SECRET@h/", "http://h:0/SECRET");
    Hook hook;
    hook.redirect("/", 308, location);
    const auto answer = post(hook.at("127.0.0.1", "/"));
    CHECK(answer.status == 308);
    CHECK_THAT(answer.redirect,
               Catch::StartsWith("it was redirected, but not to an address that can be followed") &&
                   !Catch::Contains("SECRET"));
}

TEST_CASE("a_redirect_never_leads_from_https_to_http", "[notify][tls]") {
    Hook plain;
    const auto own = test::make_certificate("localhost", 3600);
    const test::ScratchFile trusted(own.pem(), "trusted.pem");
    ::setenv("SSL_CERT_FILE", trusted.path().c_str(), 1);
    const test::ProbePeer safe(redirects_over_tls(own, plain.at("localhost", "/SECRET")));
    const auto answer =
        post("https://localhost:" + std::to_string(safe.port()) + "/", "Bearer token");
    ::unsetenv("SSL_CERT_FILE");
    CHECK(answer.status == 308);
    CHECK_THAT(answer.redirect,
               Catch::Contains("it leads from https to http") && !Catch::Contains("SECRET"));
    CHECK(plain.asked().empty());
}

TEST_CASE("what_fails_behind_a_redirect_names_its_host", "[notify]") {
    Hook hook;
    hook.redirect("/", 307, "/SECRET");
    hook.answer("/SECRET", "HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n");
    const auto verdict = notify::classify_plain(post(hook.at("127.0.0.1", "/")));
    CHECK(verdict.why == "HTTP 404; it was redirected to 127.0.0.1");
}
