#include <catch2/catch.hpp>

#include "support/raw_peer.hpp"
#include "support/web_server.hpp"
#include "web/security_headers.hpp"

using namespace opsmon;

namespace {

using Headers = httplib::Headers;

int reload_from(test::WebServer& fixture, const Headers& headers) {
    const auto answer = fixture.client.Post("/-/reload", headers, "", "text/plain");
    return answer ? answer->status : 0;
}

} // namespace

TEST_CASE("a_reload_is_taken_from_no_page_of_another_origin", "[web][cross_site]") {
    test::WebServer fixture;
    const std::string own = "http://127.0.0.1:" + std::to_string(fixture.address.port);
    CHECK(reload_from(fixture, {{"Origin", "http://evil.example"}}) == 403);
    CHECK(reload_from(fixture, {{"Origin", "null"}}) == 403);
    CHECK(reload_from(fixture, {{"Sec-Fetch-Site", "cross-site"}}) == 403);
    CHECK(reload_from(fixture, {{"Sec-Fetch-Site", "same-site"}, {"Origin", own}}) == 403);
    CHECK(fixture.reloads == 0);
    CHECK(reload_from(fixture, {{"Origin", own}}) == 200);
    CHECK(reload_from(fixture, {{"Origin", own}, {"Sec-Fetch-Site", "same-origin"}}) == 200);
    CHECK(reload_from(fixture, {}) == 200);
    CHECK(fixture.reloads == 3);
}

TEST_CASE("a_reload_without_a_body_is_refused_as_well", "[web][cross_site]") {
    test::WebServer fixture;
    test::RawClient page(fixture.address.port);
    page.send("POST /-/reload HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\n\r\n");
    CHECK_THAT(page.receive_all(), Catch::StartsWith("HTTP/1.1 403"));
    CHECK(fixture.reloads == 0);
}

TEST_CASE("each_api_refuses_a_foreign_page_in_its_own_words", "[web][cross_site]") {
    test::WebServer fixture;
    const Headers foreign = {{"Origin", "https://evil.example"}};
    const char* form = "application/x-www-form-urlencoded";
    const auto query = fixture.client.Post("/api/v1/query", foreign, "query=1", form);
    REQUIRE(query);
    CHECK(query->status == 403);
    CHECK_THAT(query->body, Catch::StartsWith("{\"error\":\"this was sent by a page of another"));
    CHECK(query->get_header_value("Content-Type") == "application/json");
    const std::string large(20'000, 'x'); // more than is read before the answer
    for (const char* type : {"application/json", "text/plain", form}) {
        const auto silence = fixture.client.Post("/api/v2/silences", foreign, large, type);
        REQUIRE(silence);
        CHECK(silence->status == 403);
        CHECK_THAT(silence->body, Catch::StartsWith("\"this was sent by a page"));
    }
    const auto expired = fixture.client.Delete("/api/v2/silence/x", foreign);
    REQUIRE(expired);
    CHECK(expired->status == 403);
    const auto other = fixture.client.Post("/nothing", foreign, "", "text/plain");
    REQUIRE(other);
    CHECK(other->status == 403);
    CHECK_THAT(other->body, Catch::StartsWith("this was sent by a page"));
}

TEST_CASE("a_name_that_leads_here_by_somebody_elses_doing_reads_nothing", "[web][cross_site]") {
    web::SiteFacts facts;
    facts.external_url = "https://mon.example/opsmon";
    test::WebServer fixture(facts);
    fixture.put("a 1\n");
    const auto status_of = [&](const std::string& path, const std::string& host) {
        test::RawClient client(fixture.address.port);
        client.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        return client.receive_all().substr(0, 12);
    };
    for (const char* path : {"/", "/metrics", "/-/healthy", "/api/v1/probes", "/page.js", "/x"}) {
        CAPTURE(path);
        CHECK(status_of(path, "evil.example:9788") == "HTTP/1.1 403");
        CHECK(status_of(path, "mon.example") != "HTTP/1.1 403");
        CHECK(status_of(path, "127.0.0.1:9788") != "HTTP/1.1 403");
        CHECK(status_of(path, "localhost\r\nHost: localhost") == "HTTP/1.1 403");
    }
}

TEST_CASE("every_answer_tells_browsers_what_they_may_not_do", "[web][headers]") {
    test::WebServer fixture;
    fixture.put("a 1\n");
    const auto has_all = [](const std::string& answer) {
        for (const auto& [name, value] : web::kSecurityHeaders) {
            if (answer.find("\r\n" + std::string(name) + ": ") == std::string::npos) {
                return std::string(name) + " is missing in " + answer.substr(0, 400);
            }
        }
        return std::string();
    };
    const auto ask = [&](const std::string& request) {
        test::RawClient client(fixture.address.port);
        client.send(request);
        return client.receive_all();
    };
    const auto get = [&](const std::string& path, const std::string& more = "") {
        return ask("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n");
    };
    for (const char* path : {"/", "/page.js", "/metrics", "/-/healthy", "/-/ready", "/-/reload",
                             "/api/v1/probes", "/api/v1/nothing", "/api/v1/query?query=1",
                             "/api/v2/status", "/api/v2/silences", "/runbooks/x", "/sd", "/x"}) {
        CAPTURE(path);
        CHECK(has_all(get(path)) == "");
    }
    const std::string answers[] = {
        get("/x", "Host: two\r\n"),                                                         // 403
        get("/" + std::string(9000, 'a')),                                                  // 414
        get("/x", "X: " + std::string(40'000, 'a') + "\r\n"),                               // 413
        ask("GIBBERISH\r\n\r\n"),                                                           // 400
        ask("BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n"),                                  // 400
        ask("POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc")}; // 408
    for (const std::string& answer : answers) {
        CAPTURE(answer.substr(0, 60));
        CHECK(answer.starts_with("HTTP/1.1 4"));
        CHECK(has_all(answer) == "");
    }
    // The page has its own policy, once, and may be kept where it is asked about again.
    const std::string page = get("/");
    CHECK(page.find("Content-Security-Policy: ") == page.rfind("Content-Security-Policy: "));
    CHECK_THAT(page, Catch::Contains("script-src 'self'") && Catch::Contains("'none'") &&
                         Catch::Contains("frame-ancestors 'none'") &&
                         Catch::Contains("Cache-Control: no-cache"));
}

TEST_CASE("the_web_configuration_file_has_the_last_word_on_headers", "[web][headers]") {
    config::WebFile file;
    file.headers = {{"X-Frame-Options", "SAMEORIGIN"}};
    auto access = web::Access::make(file);
    REQUIRE(access);
    test::WebServer fixture({}, *access);
    const auto answer = fixture.client.Get("/-/healthy");
    REQUIRE(answer);
    CHECK(answer->get_header_value_count("X-Frame-Options") == 1);
    CHECK(answer->get_header_value("X-Frame-Options") == "SAMEORIGIN");
}
