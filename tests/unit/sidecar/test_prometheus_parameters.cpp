#include <catch2/catch.hpp>

#include <httplib.h>

#include "web/prometheus_parameters.hpp"
#include "web/request_parameters.hpp"

using namespace opsmon;

namespace {

httplib::Request posted(const std::string& type, const std::string& body,
                        const std::string& target = "/api/v1/query") {
    httplib::Request out;
    out.method = "POST";
    out.target = target;
    out.headers.emplace("Content-Type", type);
    out.body = body;
    return out;
}

} // namespace

TEST_CASE("moments_are_read_to_the_millisecond_as_go_does", "[web]") {
    const std::pair<const char*, TimestampMs> cases[] = {
        {"1700000060", 1'700'000'060'000},
        {"1700000060.0005", 1'700'000'060'000}, // what is left of the fraction is a little less
        {"1700000060.0006", 1'700'000'060'001},
        {"1700000060.9999", 1'700'000'061'000},
        {"-1.0006", -1001},
        {"1e9", 1'000'000'000'000},
        {"9.2e12", 9'200'000'000'000'000},
        {"2023-11-14T22:14:20Z", 1'700'000'060'000},
        {"2023-11-14T23:14:20.25+01:00", 1'700'000'060'250},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        const auto at = web::parse_api_time(text);
        REQUIRE(at);
        CHECK(*at == expected);
    }
}

TEST_CASE("what_is_no_moment_is_refused_with_its_text", "[web]") {
    for (const char* text : {"", "now", "NaN", "Inf", "-Inf", "9.3e12", "-1e300",
                             "2023-11-14t22:14:20Z", "2023-11-14T22:14:20z", "5#x", "2023-11-14"}) {
        CAPTURE(text);
        const auto at = web::parse_api_time(text);
        REQUIRE_FALSE(at);
        CHECK(at.error().message ==
              "cannot parse \"" + std::string(text) + "\" to a valid timestamp");
    }
}

TEST_CASE("durations_are_64_bits_of_nanoseconds", "[web]") {
    const std::pair<const char*, std::int64_t> cases[] = {
        {"60", 60'000},
        {"0.0015", 1},
        {"0.0005", 0},
        {"-5", -5000},
        {"1m30s", 90'000},
        {"292y", 292LL * 365 * 86'400'000},
        {"9223372036", 9'223'372'036'000},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        const auto duration = web::parse_api_duration(text);
        REQUIRE(duration);
        CHECK(*duration == expected);
    }
    for (const char* text : {"9223372036.9", "9.3e9", "1e10", "-1e10", "1e300", "Inf", "NaN"}) {
        CAPTURE(text);
        const auto duration = web::parse_api_duration(text);
        REQUIRE_FALSE(duration);
        CHECK(duration.error().message.ends_with("to a valid duration. It overflows int64"));
    }
    CHECK_FALSE(web::parse_api_duration("soon"));
}

TEST_CASE("a_form_is_what_its_type_says_and_nothing_that_begins_so", "[web]") {
    for (const char* type :
         {"application/x-www-form-urlencoded", "APPLICATION/X-WWW-Form-URLENCODED",
          "application/x-www-form-urlencoded; charset=utf-8",
          "application/x-www-form-urlencoded ;"}) {
        CAPTURE(type);
        const auto given = web::request_parameters(posted(type, "query=up"));
        REQUIRE(given);
        CHECK(web::parameter(*given, "query") == "up");
    }
    for (const char* type : {"application/x-www-form-urlencodedx", "text/plain", "", ";"}) {
        CAPTURE(type);
        const auto given = web::request_parameters(posted(type, "query=up"));
        REQUIRE(given);
        CHECK(given->empty());
    }
}

TEST_CASE("a_form_stands_before_the_address", "[web]") {
    const auto given = web::request_parameters(
        posted("application/x-www-form-urlencoded", "a=1", "/api/v1/query?a=2&b=3"));
    REQUIRE(given);
    CHECK(web::parameter(*given, "a") == "1");
    CHECK(web::parameter(*given, "b") == "3");
    CHECK_FALSE(web::request_parameters(
        posted("application/x-www-form-urlencoded", "a=%zz", "/api/v1/query?a=2")));
}

TEST_CASE("a_form_in_parts_stands_behind_the_address", "[web]") {
    httplib::Server server;
    std::string seen;
    server.Post("/", [&](const httplib::Request& request, httplib::Response&) {
        const auto given = web::request_parameters(request);
        seen = given ? web::parameter(*given, "a") + web::parameter(*given, "b") +
                           web::parameter(*given, "file")
                     : given.error().message;
    });
    const int port = server.bind_to_any_port("127.0.0.1");
    std::thread thread([&] { server.listen_after_bind(); });
    while (!server.is_running()) {
        std::this_thread::yield();
    }
    httplib::Client client("127.0.0.1", port);
    const auto answer = client.Post("/?a=1",
                                    "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n2\r\n"
                                    "--B\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n3\r\n"
                                    "--B\r\nContent-Disposition: form-data; name=\"file\"; "
                                    "filename=\"f\"\r\n\r\n4\r\n--B--\r\n",
                                    "multipart/form-data; boundary=B");
    server.stop();
    thread.join();
    REQUIRE(answer);
    CHECK(seen == "13");
}
