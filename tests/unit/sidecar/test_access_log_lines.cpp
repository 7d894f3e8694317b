#include <catch2/catch.hpp>

#include "collect/access_log/client_prefix.hpp"
#include "collect/access_log/combined_line.hpp"
#include "collect/access_log/endpoint.hpp"
#include "collect/access_log/json_line.hpp"
#include "collect/access_log/json_text.hpp"
#include "collect/access_log/line_fields.hpp"
#include "collect/access_log/stub_status.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

const std::string kLine = "203.0.113.7 - - [31/Jan/2026:12:34:56 +0000] \"GET /a?b=1 HTTP/1.1\" "
                          "200 512 \"https://x/\" \"agent \\\"q\\\"\"";

bool combined(const std::string& line, LogLine& out, std::vector<std::string> extra = {}) {
    static std::string kept; // the views point into it
    kept = line;
    return CombinedParser(extra, 1).parse(kept, out);
}

} // namespace

TEST_CASE("combined_and_common_lines_are_read", "[access_log]") {
    LogLine line;
    REQUIRE(combined(kLine, line));
    CHECK(line.status == 200);
    CHECK(line.bytes == 512);
    CHECK(line.method == "GET");
    CHECK(line.target == "/a?b=1");
    CHECK(line.client == "203.0.113.7");
    CHECK_FALSE(line.duration_seconds);
    REQUIRE(combined("::1 - bob [dd [31/Jan/2026:12:34:56 +0000] \"POST / HTTP/2.0\" 304 -", line));
    CHECK(line.status == 304);
    CHECK_FALSE(line.bytes);
    CHECK(line.client == "::1");
}

TEST_CASE("extra_fields_of_a_combined_line_are_taken_by_place", "[access_log]") {
    LogLine line;
    REQUIRE(combined(kLine + " \"10.1.2.3, 10.0.0.1\" 0.125", line, {"forwarded_for", "duration"}));
    CHECK(line.forwarded_for == "10.1.2.3, 10.0.0.1");
    CHECK(line.duration_seconds == Approx(0.125));
    REQUIRE(combined(kLine + " \"-\"", line, {"duration"}));
    CHECK_FALSE(line.duration_seconds);
    REQUIRE(combined("1.2.3.4 - - [x] \"GET / HTTP/1.1\" 200 1 0.5", line, {"duration"}));
    CHECK(line.duration_seconds == Approx(0.5)); // common: there is no referer
}

TEST_CASE("garbage_requests_count_without_a_method", "[access_log]") {
    LogLine line;
    REQUIRE(combined(R"(1.2.3.4 - - [x] "\x16\x03\x01\x02" 400 150 "-" "-")", line));
    CHECK(line.status == 400);
    CHECK(line.method.empty());
    REQUIRE(combined(R"(1.2.3.4 - - [x] "" 408 0 "-" "-")", line));
    CHECK(EndpointName().of(line.method, line.target) == "invalid");
}

TEST_CASE("every_cut_of_a_line_is_refused_or_read_without_harm", "[access_log]") {
    LogLine line;
    for (std::size_t size = 0; size < kLine.size(); ++size) {
        const bool read = combined(kLine.substr(0, size), line);
        CHECK(read == (size >= kLine.find(" 512") + 2));
    }
    CHECK_FALSE(combined(std::string(300, '\0'), line));
    CHECK_FALSE(combined("1.2.3.4 - - [x] \"GET / HTTP/1.1\" -200 5", line));
    CHECK_FALSE(combined("1.2.3.4 - - [x] \"GET / HTTP/1.1\" 200 -5", line));
    CHECK_FALSE(combined("1.2.3.4 - - [x] \"GET / HTTP/1.1\" 1e9 5", line));
}

TEST_CASE("durations_are_summed_and_absurd_ones_absent", "[access_log]") {
    CHECK(parse_duration_seconds("0.001, 0.002 : 0.003", 1) == Approx(0.006));
    CHECK(parse_duration_seconds("-, 0.002", 1) == Approx(0.002));
    CHECK(parse_duration_seconds("1500", 1e-6) == Approx(0.0015));
    for (const char* text : {"", "-", "-1", "1e999", "nan", "inf", "0x1", ".", "1.2.3", "99999999",
                             "123456789012345678901234567890"}) {
        CHECK_FALSE(parse_duration_seconds(text, 1));
    }
}

TEST_CASE("json_lines_are_read_and_other_values_skipped", "[access_log]") {
    JsonParser parser({}, 1);
    LogLine line;
    REQUIRE(parser.parse(R"({"a":{"status":"500","b":["}",1]},"status":201,"request_time":0.25,)"
                         R"("request":"GET /x\"y\u00e9 HTTP/1.1","bytes_sent":"77","n":null,)"
                         R"("remote_addr":"2001:db8::1","http_x_forwarded_for":"-"} )",
                         line));
    CHECK(line.status == 201);
    CHECK(line.bytes == 77);
    CHECK(line.duration_seconds == Approx(0.25));
    CHECK(line.target == "/x\"y\xC3\xA9");
    REQUIRE(parser.parse(R"({"status":"200","request_time":-,"method":"PUT","uri":"/z"})", line));
    CHECK(line.method == "PUT");
    CHECK(line.target == "/z");
    CHECK_FALSE(line.duration_seconds);
    config::AccessLogFields fields;
    fields.status = {"code"};
    REQUIRE(JsonParser(fields, 1).parse(R"({"code":503})", line));
    CHECK(line.status == 503);
}

TEST_CASE("broken_json_is_refused", "[access_log]") {
    JsonParser parser({}, 1);
    LogLine line;
    const std::string whole = R"({"status":200,"request":"GET / HTTP/1.1","x":[{"y":1}]})";
    REQUIRE(parser.parse(whole, line));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CHECK_FALSE(parser.parse(whole.substr(0, size), line));
    }
    for (const char* text :
         {"{}", "[]", "{\"status\":-1}", "{\"status\":1e999}", "{\"status\":null}",
          "{\"status\":200}x", "{\"status\" 200}", "{status:200}"}) {
        CHECK_FALSE(parser.parse(text, line));
    }
    CHECK_FALSE(parser.parse("{\"x\":" + std::string(1000, '['), line));
}

TEST_CASE("escapes_are_resolved_and_half_ones_stay", "[access_log]") {
    std::string out;
    decode_json_text(R"(\x22\"\n\u0041\ud83d\ude00\ud800\u12\q\)", out);
    CHECK(out == "\"\"\nA\xF0\x9F\x98\x80\xEF\xBF\xBD\\u12\\q\\");
}

TEST_CASE("endpoints_are_the_same_for_all_ids", "[access_log]") {
    EndpointName name;
    CHECK(name.of("GET", "/orders/17/items/4?x=1") == "GET /orders/:id/items/:id");
    CHECK(name.of("GET", "/u/0b5c9d36-1f5e-4c3a-9a56-1f2e3d4c5b6a") == "GET /u/:id");
    CHECK(name.of("GET", "/commit/deadbeef01") == "GET /commit/:id");
    CHECK(name.of("GET", "/caf%C3%A9") == "GET /:id");
    CHECK(name.of("POST", "/login") == "POST /login");
    CHECK(name.of("GET", "/") == "GET /");
    CHECK(name.of("GET", "/api/v1/feed") == "GET /api/v1/feed");
    CHECK(name.of("BREW", "/pot") == "OTHER /pot");
    CHECK(name.of("GET", "http://evil.example/x?y") == "GET /x");
    CHECK(name.of("CONNECT", "host:443") == "CONNECT *");
    CHECK(name.of("GET", std::string(60000, '/')).size() <= kMaxEndpointBytes);
    CHECK(name.of("GET", "/a/b/c/d/e/f/g/h/i/j") == "GET /a/b/c/d/e/f/g/h/*");
    CHECK(name.of("GET", "/" + std::string(38, 'a') + "/" + std::string(38, 'b') + "/" +
                             std::string(38, 'c') + "/" + std::string(38, 'd'))
              .size() <= kMaxEndpointBytes);
}

TEST_CASE("clients_are_grouped_by_network", "[access_log]") {
    ClientPrefix prefix({});
    CHECK(prefix.of("203.0.113.7", "1.1.1.1") == "203.0.113.0/24");
    CHECK(prefix.of("2001:db8:1:2::7", "") == "2001:db8:1::/48");
    CHECK(prefix.of("::ffff:203.0.113.7", "") == "203.0.113.0/24");
    for (const char* text : {"", "-", "unix:", "1.2.3", "1.2.3.256", "1.2.3.4x", ":::"}) {
        CHECK(prefix.of(text, "") == "unknown");
    }
}

TEST_CASE("only_trusted_proxies_are_believed", "[access_log]") {
    ClientPrefix prefix({*parse_address_range("10.0.0.0/8"), *parse_address_range("fd00::/8"),
                         *parse_address_range("192.0.2.1")});
    CHECK(prefix.of("10.1.1.1", "6.6.6.6, 203.0.113.9, 10.2.2.2") == "203.0.113.0/24");
    CHECK(prefix.of("fd00::1", "[2001:db8:5::1]:443") == "2001:db8:5::/48");
    CHECK(prefix.of("192.0.2.1", "203.0.113.9:1234") == "203.0.113.0/24");
    CHECK(prefix.of("192.0.2.2", "203.0.113.9") == "192.0.2.0/24");
    CHECK(prefix.of("10.1.1.1", "rubbish") == "10.1.1.0/24");
    CHECK(prefix.of("10.1.1.1", "") == "10.1.1.0/24");
}

TEST_CASE("the_page_of_stub_status_is_read_exactly", "[access_log]") {
    const std::string page =
        "Active connections: 291 \nserver accepts handled requests\n"
        " 16630948 16630947 31070465 \nReading: 6 Writing: 179 Waiting: 106 \n";
    const auto status = parse_stub_status(page);
    REQUIRE(status);
    CHECK(status->active == 291);
    CHECK(status->accepted == 16630948);
    CHECK(status->handled == 16630947);
    CHECK(status->requests == 31070465);
    CHECK(status->waiting == 106);
    for (std::size_t size = 0; size + 5 < page.size(); ++size) {
        CHECK_FALSE(parse_stub_status(page.substr(0, size)));
    }
    CHECK_FALSE(parse_stub_status("<html>" + page));
    CHECK_FALSE(parse_stub_status(page + "more"));
    CHECK_FALSE(parse_stub_status("Active connections: -1 \n" + page.substr(page.find('\n') + 1)));
}
