#include <catch2/catch.hpp>

#include "history/history.hpp"
#include "history/read_ahead.hpp"
#include "promql/eval.hpp"
#include "promql/result_json.hpp"
#include "support/series.hpp"
#include "web/prometheus_query.hpp"
#include "web/prometheus_rules_json.hpp"

#include <nlohmann/json.hpp>

using namespace opsmon;
using nlohmann::json;
using web::Parameters;

namespace {

const auto kAll = [](const metrics::Labels&) { return true; };

// A minute of two series and one that ended in between.
struct Fixture {
    history::History history;
    std::size_t reads = 0;
    bool held = false; // while somebody reads

    Fixture() {
        for (TimestampMs at = 0; at <= 60'000; at += 10'000) {
            test::SeriesList series{{"m{a=\"1\"}", static_cast<double>(at) / 1000},
                                    {"m{a=\"2\"}", 1}};
            if (at < 30'000) {
                series.push_back({"gone", 1});
            }
            history.append(at, test::points(series));
        }
    }

    web::ReadSource read() {
        return [this](const std::function<void(const history::Source&)>& reader) {
            ++reads;
            held = true;
            reader(history);
            held = false;
        };
    }

    json query(const std::string& expression, const promql::Limits& limits = {}) {
        return json::parse(web::answer_query({{"query", expression}}, read(), 60'000, limits).body);
    }
};

} // namespace

TEST_CASE("reads_all_that_a_query_needs_in_one_go", "[web]") {
    Fixture fixture;
    const auto answer =
        fixture.query("max_over_time(m[1m:10s]) + on() group_left() sum(m) or count(gone)");
    CHECK(answer["status"] == "success");
    CHECK(fixture.reads == 1);
    CHECK_FALSE(fixture.held);
}

TEST_CASE("answers_the_same_from_what_was_read_ahead", "[web]") {
    Fixture fixture;
    for (const auto* text :
         {"m", "m[1m]", "rate(m[30s])", "sum by (a) (m) * 2", "max_over_time(m[1m:5s] @ 50)",
          "m offset 10s", "absent(nowhere)", "topk(1, m)", "topk(scalar(m{a=\"2\"}), m)",
          "max_over_time(topk(scalar(m{a=\"2\"}), m)[1m:10s]) + m", "gone", "timestamp(m)"}) {
        CAPTURE(text);
        const auto expression = promql::parse(text);
        REQUIRE(expression);
        const auto direct = promql::evaluate(*expression, fixture.history, 60'000);
        REQUIRE(direct);
        const auto answer = web::answer_query({{"query", text}}, fixture.read(), 60'000, {});
        CHECK(answer.body == promql::result_json(*direct, 60'000));
    }
}

TEST_CASE("a_change_of_the_history_after_the_reading_changes_no_answer", "[web]") {
    Fixture fixture;
    history::ReadAhead ahead;
    const auto expression = promql::parse("m - m offset 10s");
    REQUIRE(promql::rehearse(*expression, ahead, {60'000, 60'000, 1}));
    REQUIRE(ahead.take(fixture.history, 1000));
    for (TimestampMs at = 61'000; at < 100'000'000; at += 1'000'000) {
        fixture.history.append(at, test::points({{"other", 1}})); // all else is forgotten
    }
    CHECK(fixture.history.range("m", kAll, 0, 60'000).empty());
    const auto value = promql::evaluate(*expression, ahead, 60'000);
    REQUIRE(value);
    CHECK(ahead.answered_all());
    const auto& vector = std::get<promql::Vector>(*value);
    REQUIRE(vector.size() == 2);
    CHECK(vector[0].value == 10);
}

TEST_CASE("says_when_it_is_asked_what_it_has_not_read", "[web]") {
    Fixture fixture;
    history::ReadAhead ahead;
    CHECK(ahead.newest("m", kAll, 0, 60'000).empty());
    REQUIRE(ahead.take(fixture.history, 1000));
    CHECK(ahead.newest("m", kAll, 0, 60'000).size() == 2);
    CHECK(ahead.answered_all());
    CHECK(ahead.newest("gone", kAll, 0, 60'000).empty());
    CHECK_FALSE(ahead.answered_all());
}

TEST_CASE("refuses_a_query_of_too_many_samples_before_it_has_them_all", "[web]") {
    Fixture fixture;
    promql::Limits limits;
    limits.samples_max = 10;
    const auto answer = web::answer_query({{"query", "m[1m]"}}, fixture.read(), 60'000, limits);
    CHECK(answer.status == 422);
    CHECK(json::parse(answer.body)["errorType"] == "execution");
    CHECK(fixture.history.range_up_to(3, "m", kAll, 0, 60'000).size() == 1);
}

TEST_CASE("lists_series_labels_and_values_that_have_samples_in_the_time", "[web]") {
    Fixture fixture;
    const auto data = [](const web::ApiAnswer& answer) { return json::parse(answer.body)["data"]; };
    CHECK(data(web::answer_labels({}, fixture.read())) == json::array({"__name__", "a"}));
    CHECK(data(web::answer_label_values("__name__", {}, fixture.read())) ==
          json::array({"gone", "m"}));
    CHECK(data(web::answer_label_values("__name__", {{"start", "31"}}, fixture.read())) ==
          json::array({"m"}));
    CHECK(data(web::answer_series({{"match[]", "m{a=~\"2|3\"}"}}, fixture.read(), {})) ==
          json::array({{{"__name__", "m"}, {"a", "2"}}}));
    CHECK(web::answer_label_values("a-b", {}, fixture.read()).status == 400);
    promql::Limits one;
    one.series_max = 1;
    CHECK(web::answer_series({{"match[]", "m"}}, fixture.read(), one).status == 422);
}

TEST_CASE("finds_the_series_of_rules_between_two_moments_only", "[history]") {
    history::DerivedSeries derived;
    for (const TimestampMs at : {1000, 2000, 3000, 9000}) {
        derived.append(at, test::points({{"r", 1}}));
    }
    const auto found = [&](TimestampMs after, TimestampMs until) {
        return derived.series_between("r", kAll, after, until).size();
    };
    CHECK(found(0, 1000) == 1);
    CHECK(found(0, 999) == 0);
    CHECK(found(1000, 1999) == 0);
    CHECK(found(1000, 2000) == 1);
    CHECK(found(3000, 8999) == 0);
    CHECK(found(8999, 9000) == 1);
    CHECK(found(9000, 100'000) == 0);
}

TEST_CASE("a_form_is_divided_at_the_first_equals_sign_of_a_pair", "[web]") {
    const auto form = web::parse_form("query=up==0&match[]=a%3D%22b%22&match[]=c+d&bare&=x&");
    REQUIRE(form);
    CHECK(web::parameter(*form, "query") == "up==0");
    CHECK(web::parameter(*form, "match[]") == "a=\"b\"");
    CHECK(form->count("match[]") == 2);
    CHECK(form->contains("bare"));
    for (const auto* faulty : {"a=%", "a=%4", "a=%zz", "%zz=a", "a=1;b=2"}) {
        CAPTURE(faulty);
        CHECK_FALSE(web::parse_form(faulty));
    }
    std::string many = "a=1";
    for (int i = 1; i < 500; ++i) {
        many += "&a=1";
    }
    CHECK(web::parse_form(many)->size() == 500);
    const auto refused = web::parse_form(many + "&a=1");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "more than 500 parameters");
}

TEST_CASE("labels_that_multiply_end_the_query_and_not_the_memory", "[web]") {
    Fixture fixture;
    std::string text = "label_replace(m, \"c\", \"0123456789abcdef\", \"\", \"\")";
    for (int i = 0; i < 11; ++i) {
        text = "label_replace(" + text + ", \"b" + std::to_string(i % 2) + "\", \"$1$1\", \"" +
               (i == 0 ? "c" : "b" + std::to_string((i + 1) % 2)) + "\", \"(.*)\")";
    }
    promql::Limits limits;
    limits.made_label_bytes_max = 100'000;
    const auto answer = web::answer_query({{"query", text}}, fixture.read(), 60'000, limits);
    CHECK(answer.status == 422);
    CHECK(answer.body.find("too many labels") != std::string::npos);
    CHECK(web::answer_query({{"query", text}}, fixture.read(), 60'000, {}).status == 200);
}

TEST_CASE("an_alert_whose_source_is_silent_says_so_in_the_api", "[web]") {
    rules::AlertView alert;
    alert.labels = metrics::Labels(std::vector<metrics::Labels::Pair>{{"alertname", "A"}});
    alert.state = rules::AlertState::Firing;
    alert.active_at = 1'700'000'000'000;
    alert.value = 0.25;
    rules::RuleView rule;
    rule.name = "A";
    rule.alerts = {alert};
    rules::GroupView group;
    group.rules = {rule};
    auto shown = json::parse(web::answer_alerts({group}).body)["data"]["alerts"][0];
    CHECK(shown["value"] == "2.5e-01");
    CHECK(shown["activeAt"] == "2023-11-14T22:13:20.000Z");
    CHECK_FALSE(shown.contains("noData"));
    group.rules[0].alerts[0].no_data = true;
    shown = json::parse(web::answer_alerts({group}).body)["data"]["alerts"][0];
    CHECK(shown["noData"] == true);
}
