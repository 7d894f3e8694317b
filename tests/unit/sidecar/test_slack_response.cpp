#include <catch2/catch.hpp>

#include "base/http_date.hpp"
#include "notify/slack_response.hpp"

using namespace opsmon;
using notify::classify;
using notify::HttpAnswer;
using Kind = notify::Verdict::Kind;

TEST_CASE("answers_of_slack_are_told_apart", "[notify]") {
    struct Row {
        HttpAnswer answer;
        Kind kind;
        std::string why;
    };
    const std::vector<Row> table = {
        {{200, "ok", "", ""}, Kind::Delivered, ""},
        {{200, "ok\n", "", ""}, Kind::Delivered, ""},
        {{200, "{\"ok\":true}", "", ""}, Kind::Delivered, ""},
        {{200, "{\"ok\":false,\"error\":\"x\"}", "", ""}, Kind::Refused, "Slack refused it: x"},
        {{429, "rate_limited", "30", ""}, Kind::Retry, "HTTP 429: rate_limited"},
        {{500, "", "", ""}, Kind::Retry, "HTTP 500"},
        {{503, "", "", ""}, Kind::Retry, "HTTP 503"},
        {{408, "", "", ""}, Kind::Retry, "HTTP 408"},
        {{400, "invalid_payload", "", ""}, Kind::Refused, "HTTP 400: invalid_payload"},
        {{404, "no_service", "", ""},
         Kind::Refused,
         "HTTP 404: no_service; the webhook is gone or disabled: make a new one and give its "
         "address"},
        {{0, "", "", "cannot connect"}, Kind::Retry, "cannot connect"},
    };
    for (const auto& row : table) {
        const auto verdict = classify(row.answer);
        CAPTURE(row.answer.status, row.answer.body);
        CHECK(verdict.kind == row.kind);
        CHECK(verdict.why == row.why);
    }
}

TEST_CASE("an_answer_that_is_not_slacks_is_tried_again", "[notify]") {
    for (const auto* body : {"", "<html>Please sign in</html>", "okay", "{\"ok\":1}", "[]", "{"}) {
        CAPTURE(body);
        const auto verdict = classify({200, body, "", ""});
        CHECK(verdict.kind == Kind::Retry);
        CHECK_THAT(verdict.why, Catch::StartsWith("the answer is not \"ok\": HTTP 200"));
    }
}

TEST_CASE("a_redirect_that_is_not_followed_is_refused_and_says_where_it_led", "[notify]") {
    HttpAnswer answer{302, "Found", "", ""};
    answer.redirect = "it was redirected to login.test";
    CHECK(classify(answer).kind == Kind::Refused);
    CHECK(classify(answer).why == "HTTP 302: Found; it was redirected to login.test");
    CHECK(notify::classify_plain(answer).kind == Kind::Refused);
    CHECK(notify::classify_plain(answer).why == "HTTP 302; it was redirected to login.test");
    CHECK(notify::read_api_answer(answer).verdict.kind == Kind::Refused);
    answer.status = 200;
    CHECK(notify::classify_plain(answer).why.empty());
}

TEST_CASE("slack_says_when_to_come_back", "[notify]") {
    CHECK(classify({429, "", "30", ""}).retry_after_ms == 30'000);
    CHECK(classify({429, "", " 5 ", ""}).retry_after_ms == 5'000);
    CHECK_FALSE(classify({429, "", "", ""}).retry_after_ms);
    CHECK(classify({429, "", "99999999999999999999", ""}).retry_after_ms == std::nullopt);
    CHECK(classify({429, "", "999999999999", ""}).retry_after_ms == 86'400'000);
}

TEST_CASE("a_moment_to_come_back_is_understood_by_the_receivers_clock", "[notify]") {
    const auto* until = GENERATE("Sun, 29 Nov 2026 22:20:10 GMT", "Sunday, 29-Nov-26 22:20:10 GMT",
                                 "Sun Nov 29 22:20:10 2026", " Sun, 29 Nov 2026 22:20:10 GMT ");
    const int status = GENERATE(429, 503);
    HttpAnswer answer{status, "", until, ""};
    answer.date = "Sun, 29 Nov 2026 22:19:50 GMT";
    answer.came_at = 1'000; // our clock is wrong
    CHECK(classify(answer).kind == Kind::Retry);
    CHECK(classify(answer).retry_after_ms == 20'000);
    CHECK(notify::classify_plain(answer).retry_after_ms == 20'000);
    answer.date = "";
    answer.came_at = *parse_http_date("Sun, 29 Nov 2026 22:20:00 GMT");
    CHECK(classify(answer).retry_after_ms == 10'000);
    answer.came_at += 10'000; // it is over already
    CHECK_FALSE(classify(answer).retry_after_ms);
    answer.came_at = 0;
    CHECK(classify(answer).retry_after_ms == 86'400'000);
}

TEST_CASE("a_server_that_is_overloaded_says_when_to_come_back_too", "[notify]") {
    CHECK(classify({503, "", "30", ""}).retry_after_ms == 30'000);
    CHECK(notify::classify_plain({503, "", "30", ""}).retry_after_ms == 30'000);
    CHECK_FALSE(notify::classify_plain({500, "", "30", ""}).retry_after_ms);
    for (const auto* no_moment : {"soon", "-5", "Sun, 29 Nov 2026", "Sun, 29 Nov 2026 22:20:10",
                                  "29 Nov 2026 22:20:10 GMT", "Sun, 29 Nov 2026 22:20:10 GMT!"}) {
        CAPTURE(no_moment);
        CHECK_FALSE(classify({503, "", no_moment, ""}).retry_after_ms);
    }
}

TEST_CASE("an_answer_that_could_repeat_the_address_is_not_shown", "[notify]") {
    CHECK(classify({404, "no such page: /services/T0/secret", "", ""}).why == "HTTP 404");
    CHECK(classify({404, std::string(1000, 'x'), "", ""}).why == "HTTP 404");
}
