#include <catch2/catch.hpp>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/rfc3339.hpp"
#include "web/alertmanager_json.hpp"

using namespace opsmon;
using namespace opsmon::web;
using nlohmann::json;

namespace {

constexpr TimestampMs kNow = 1'795'559'400'000; // 2026-11-24T22:30:00Z

notify::ShownAlert alert(const std::string& name, const std::string& severity) {
    rules::Alert out;
    out.state = rules::AlertState::Firing;
    out.labels = metrics::Labels({{"alertname", name}, {"severity", severity}});
    out.annotations = {{"summary", name + " is up"}};
    out.active_at = kNow - 90'000;
    out.fired_at = kNow - 60'000;
    return {std::make_shared<const rules::Alert>(std::move(out)), {}, {"slack"}};
}

std::vector<std::string> names(const std::vector<notify::ShownAlert>& alerts,
                               const AlertSelection& selection) {
    std::vector<std::string> out;
    const auto text = write_alerts(alerts, selection, kNow);
    REQUIRE(text);
    for (const json& one : json::parse(*text)) {
        out.push_back(one["labels"]["alertname"]);
    }
    std::sort(out.begin(), out.end());
    return out;
}

std::string silence_body(const std::string& change = "", const json& value = nullptr) {
    json out = {
        {"matchers",
         {{{"name", "alertname"}, {"value", "Disk.*"}, {"isRegex", true}, {"isEqual", true}}}},
        {"startsAt", "2026-11-24T22:30:00.000Z"},
        {"endsAt", "2026-11-24T23:30:00.000Z"},
        {"createdBy", "ana"},
        {"comment", "moving"}};
    if (!change.empty()) {
        out[change] = value;
    }
    return out.dump();
}

notify::Silence silence(const std::string& id, TimestampMs starts_at, TimestampMs ends_at) {
    auto out = parse_silence(silence_body());
    REQUIRE(out);
    out->id = id;
    out->starts_at = starts_at;
    out->ends_at = ends_at;
    return *out;
}

} // namespace

TEST_CASE("an_alert_has_the_members_that_clients_of_alertmanager_read", "[api_v2]") {
    auto shown = alert("DiskFull", "critical");
    shown.mute.silenced_by = {"6c1f"};
    const auto text = write_alerts({shown}, {}, kNow);
    REQUIRE(text);
    const json one = json::parse(*text).at(0);
    CHECK(one["labels"] == json{{"alertname", "DiskFull"}, {"severity", "critical"}});
    CHECK(one["annotations"]["summary"] == "DiskFull is up");
    CHECK(one["startsAt"] == "2026-11-24T22:29:00.000Z");
    CHECK(parse_rfc3339(one["endsAt"].get<std::string>()) > kNow);
    CHECK(one["status"]["state"] == "suppressed");
    CHECK(one["status"]["silencedBy"] == json{"6c1f"});
    CHECK(one["status"]["inhibitedBy"] == json::array());
    CHECK(one["receivers"] == json::array({{{"name", "slack"}}}));
    CHECK(one["fingerprint"].get<std::string>().size() == 16);
}

TEST_CASE("alerts_are_selected_by_label_state_and_receiver", "[api_v2]") {
    auto quiet = alert("Quiet", "warning");
    quiet.mute.silenced_by = {"1"};
    auto inhibited = alert("Inhibited", "warning");
    inhibited.mute.inhibited_by = {"00000000000000aa"};
    auto over = alert("Over", "warning");
    rules::Alert resolved = *over.alert;
    resolved.state = rules::AlertState::Inactive;
    over.alert = std::make_shared<const rules::Alert>(resolved);
    const std::vector<notify::ShownAlert> all = {alert("Loud", "critical"), quiet, inhibited, over};
    using Names = std::vector<std::string>;
    CHECK(names(all, {}) == Names{"Inhibited", "Loud", "Quiet"});
    AlertSelection selection;
    selection.silenced = false;
    CHECK(names(all, selection) == Names{"Inhibited", "Loud"});
    selection.inhibited = false;
    CHECK(names(all, selection) == Names{"Loud"});
    selection = {};
    selection.active = false;
    CHECK(names(all, selection) == Names{"Inhibited", "Quiet"});
    selection = {};
    selection.matchers = *notify::parse_matchers("severity=~\"crit.*\"");
    CHECK(names(all, selection) == Names{"Loud"});
    selection = {};
    selection.receiver = "sl.*";
    CHECK(names(all, selection).size() == 3);
    selection.receiver = "sl";
    CHECK(names(all, selection).empty());
    selection.receiver = "(";
    CHECK_FALSE(write_alerts(all, selection, kNow));
}

TEST_CASE("a_silence_that_a_client_sends_is_read", "[api_v2]") {
    const auto read = parse_silence(silence_body());
    REQUIRE(read);
    CHECK(read->id.empty());
    CHECK(read->starts_at == kNow);
    CHECK(read->ends_at == kNow + 3'600'000);
    CHECK(read->created_by == "ana");
    CHECK(read->comment == "moving");
    CHECK(notify::to_string(read->matchers) == "{alertname=~\"Disk.*\"}");
    // isEqual came later than isRegex: old clients leave it out.
    const auto old = parse_silence(silence_body(
        "matchers", json::array({{{"name", "a"}, {"value", "b"}, {"isRegex", false}}})));
    REQUIRE(old);
    CHECK(notify::to_string(old->matchers) == "{a=\"b\"}");
}

TEST_CASE("a_silence_that_is_none_is_refused_with_what_is_wrong", "[api_v2]") {
    const auto fault = [](const std::string& body) {
        const auto read = parse_silence(body);
        return read ? std::string() : read.error().message;
    };
    CHECK_THAT(fault(""), Catch::Contains("not a JSON object"));
    CHECK_THAT(fault("[]"), Catch::Contains("not a JSON object"));
    CHECK_THAT(fault(silence_body("startsAt", "soon")),
               Catch::Contains("startsAt is not a moment"));
    CHECK_THAT(fault(silence_body("endsAt", 7)), Catch::Contains("endsAt is not a text"));
    CHECK_THAT(fault(silence_body("createdBy", nullptr)), Catch::Contains("createdBy is missing"));
    CHECK_THAT(fault(silence_body("matchers", "x")), Catch::Contains("matchers is not a list"));
    CHECK_THAT(fault(silence_body("matchers", json::array({1}))), Catch::Contains("an object"));
    CHECK_THAT(fault(silence_body("matchers", json::array({{{"name", "a"}}}))),
               Catch::Contains("value is missing"));
    CHECK_THAT(fault(silence_body(
                   "matchers", json::array({{{"name", "a"}, {"value", "("}, {"isRegex", true}}}))),
               Catch::Contains("("));
    json many = json::array();
    for (std::size_t i = 0; i <= notify::kMaxSilenceMatchers; ++i) {
        many.push_back({{"name", "a"}, {"value", "b"}, {"isRegex", false}});
    }
    CHECK_THAT(fault(silence_body("matchers", many)), Catch::Contains("at most"));
}

TEST_CASE("silences_are_listed_active_then_pending_then_expired", "[api_v2]") {
    const auto text = write_silences(
        {silence("expired", kNow - 9, kNow - 1), silence("pending", kNow + 5, kNow + 10),
         silence("later", kNow - 5, kNow + 20), silence("sooner", kNow - 5, kNow + 10)},
        {}, kNow);
    std::vector<std::string> ids;
    std::vector<std::string> states;
    for (const json& one : json::parse(text)) {
        ids.push_back(one["id"]);
        states.push_back(one["status"]["state"]);
    }
    CHECK(ids == std::vector<std::string>{"sooner", "later", "pending", "expired"});
    CHECK(states == std::vector<std::string>{"active", "active", "pending", "expired"});
}

TEST_CASE("a_filter_finds_silences_by_their_patterns_and_a_written_one_reads_back", "[api_v2]") {
    const auto one = silence("one", kNow, kNow + 1000);
    CHECK(json::parse(write_silences({one}, *notify::parse_matchers("alertname=\"Disk.*\""), kNow))
              .size() == 1);
    CHECK(json::parse(write_silences({one}, *notify::parse_matchers("alertname=\"Other\""), kNow))
              .empty());
    const auto again = parse_silence(write_silence(one, kNow));
    REQUIRE(again);
    CHECK(again->id == "one");
    CHECK(again->starts_at == one.starts_at);
    CHECK(notify::to_string(again->matchers) == notify::to_string(one.matchers));
}

TEST_CASE("receivers_say_what_became_of_the_last_attempt", "[web][alertmanager]") {
    const auto out = json::parse(web::write_receivers(
        {{"team", {{"slack/0", true, 1'795'521'600'000, "HTTP 404"}, {"slack/1", false, 0, ""}}},
         {"nobody", {}}}));
    CHECK(out[0]["name"] == "team");
    const auto& first = out[0]["integrations"][0];
    CHECK(first["name"] == "slack/0");
    CHECK(first["sendResolved"] == true);
    CHECK(first["lastNotifyAttempt"].get<std::string>().starts_with("2026-11-24T12:00:00"));
    CHECK(first["lastNotifyAttemptError"] == "HTTP 404");
    CHECK_FALSE(out[0]["integrations"][1].contains("lastNotifyAttempt"));
    CHECK(out[1] == json{{"name", "nobody"}, {"integrations", json::array()}});
}
