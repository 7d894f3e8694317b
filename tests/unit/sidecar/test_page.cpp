#include <algorithm>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "web/page.hpp"
#include "web/scrape_targets.hpp"

using namespace opsmon;
using namespace opsmon::web;
using nlohmann::json;

namespace {

constexpr Asset kAsset{"/x", "text/plain", "tag1", "as it is", "packed"};

std::string header(const AssetAnswer& answer, const std::string& name) {
    for (const auto& [each, value] : answer.headers) {
        if (each == name) {
            return value;
        }
    }
    return "";
}

json targets(const std::string& external_url, const std::string& host,
             const std::vector<Replica>& replicas = {}, bool tls = false) {
    return json::parse(write_scrape_targets(external_url, host, {9788, tls}, replicas));
}

} // namespace

TEST_CASE("an_asset_is_sent_compressed_to_those_who_take_it", "[page]") {
    for (const char* accepted : {"gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8", " gzip "}) {
        INFO(accepted);
        const auto answer = answer_asset(kAsset, accepted, "");
        CHECK(answer.body == "packed");
        CHECK(header(answer, "Content-Encoding") == "gzip");
    }
    for (const char* accepted :
         {"", "br", "identity", "gzip;q=0", "gzip;q=0.000", "xgzip", ";,;"}) {
        INFO(accepted);
        const auto answer = answer_asset(kAsset, accepted, "");
        CHECK(answer.body == "as it is");
        CHECK(header(answer, "Content-Encoding").empty());
        CHECK(header(answer, "Vary") == "Accept-Encoding");
    }
}

TEST_CASE("an_asset_that_is_known_is_not_sent_again", "[page]") {
    for (const char* known : {"\"tag1\"", "W/\"tag1\"", "\"other\", \"tag1\"", "*"}) {
        INFO(known);
        const auto answer = answer_asset(kAsset, "", known);
        CHECK(answer.status == 304);
        CHECK(answer.body.empty());
        CHECK(header(answer, "ETag") == "\"tag1\"");
    }
    for (const char* known : {"", "\"tag\"", "tag1", "\"tag1-gzip\"", ",,"}) {
        INFO(known);
        CHECK(answer_asset(kAsset, "", known).status == 200);
    }
    CHECK(answer_asset(kAsset, "gzip", "\"tag1-gzip\"").status == 304);
    CHECK(answer_asset(kAsset, "gzip", "\"tag1\"").status == 200);
}

TEST_CASE("the_page_may_ask_nobody_but_its_own_sidecar", "[page]") {
    const std::string policy = header(answer_asset(kAsset, "", ""), "Content-Security-Policy");
    CHECK(policy.find("default-src 'none'") != std::string::npos);
    CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(policy.find("http") == std::string::npos);
}

TEST_CASE("the_page_is_small_and_whole", "[page]") {
    std::size_t sum = 0;
    for (const Asset& asset : page_assets()) {
        INFO(asset.path);
        sum += asset.gzip.size();
        CHECK(asset.gzip.substr(0, 2) == "\x1f\x8b");
        CHECK(!asset.content.empty());
    }
    CHECK(sum < 150'000);
    const auto assets = page_assets();
    for (const char* path : {"/", "/page.js", "/page.css", "/page.svg", "/dashboard.json"}) {
        CHECK(std::any_of(assets.begin(), assets.end(),
                          [&](const Asset& each) { return each.path == path; }));
    }
}

TEST_CASE("scrape_targets_hold_this_sidecar_as_it_was_asked", "[page]") {
    CHECK(targets("", "db1:9788") ==
          json::parse(R"([{"targets":["db1:9788"],"labels":{"__meta_opsmon_role":"self"}}])"));
    CHECK(targets("", "[::1]:9788")[0]["targets"][0] == "[::1]:9788");
    CHECK(targets("", "[::1]")[0]["targets"][0] == "[::1]:80");
    CHECK(targets("", "db1")[0]["targets"][0] == "db1:80");
    for (const char* host : {"", "a\"b", "a b", "<x>"}) {
        CHECK(targets("", host)[0]["targets"][0] == "localhost:9788");
    }
    CHECK(targets("", std::string(300, 'a'))[0]["targets"][0] == "localhost:9788");
}

TEST_CASE("the_external_url_of_a_sidecar_is_its_target", "[page]") {
    const auto told = targets("https://mon.example/opsmon/", "db1:9788")[0];
    CHECK(told["targets"][0] == "mon.example:443");
    CHECK(told["labels"]["__scheme__"] == "https");
    CHECK(told["labels"]["__metrics_path__"] == "/opsmon/metrics");
    const auto plain = targets("http://db1:9788", "x")[0];
    CHECK(plain["targets"][0] == "db1:9788");
    CHECK(plain["labels"].size() == 1);
}

TEST_CASE("scrape_targets_hold_the_replicas_that_have_an_address", "[page]") {
    const auto told = targets("", "db1:9788",
                              {{"10.0.0.2", "standby_1", "s1"},
                               {"10.0.0.3/standby_2", "standby_2", "s2"},
                               {"10.0.0.3/standby_3", "standby_3", "s3"},
                               {"fd00::4#2", "standby_4", "s4"},
                               {"127.0.0.1", "here", "here"},
                               {"::1", "here too", "here"},
                               {"over_a_socket", "over_a_socket", "x"},
                               {"", "", ""}});
    REQUIRE(told.size() == 4);
    CHECK(told[1]["targets"][0] == "10.0.0.2:9788");
    CHECK(told[1]["labels"]["__meta_opsmon_consumer"] == "standby_1");
    CHECK(told[1]["labels"]["__meta_opsmon_role"] == "replica");
    CHECK(told[2]["targets"][0] == "10.0.0.3:9788");
    CHECK(told[3]["targets"][0] == "[fd00::4]:9788");
}

TEST_CASE("scrape_targets_of_a_sidecar_with_tls_are_scraped_with_tls", "[page]") {
    const json out = targets("", "db1:9788", {{"10.0.0.2", "standby_1", "standby_1"}}, true);
    REQUIRE(out.size() == 2);
    CHECK(out[0]["labels"]["__scheme__"] == "https");
    CHECK(out[1]["labels"]["__scheme__"] == "https");
    CHECK(targets("", "db1", {}, true)[0]["targets"][0] == "db1:443");
    const json behind = targets("http://db1.example:80/", "db1", {}, true);
    CHECK(!behind[0]["labels"].contains("__scheme__"));
    CHECK(!targets("", "db1:9788", {{"10.0.0.2", "", ""}})[1]["labels"].contains("__scheme__"));
}
