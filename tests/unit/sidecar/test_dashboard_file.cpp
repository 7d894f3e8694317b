#include <catch2/catch.hpp>

#include <filesystem>

#include "settings.hpp"
#include "support/scratch_file.hpp"
#include "web/dashboard_file.hpp"

using namespace opsmon;
using web::parse_dashboard;

namespace {

// What is wrong with it; empty when nothing is.
std::string faults(const std::string& text) {
    const auto parsed = parse_dashboard(text, "own.json");
    return parsed ? "" : parsed.error().message;
}

std::string many(std::size_t count, const std::string& one) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        out += (i == 0 ? "" : ",") + one;
    }
    return "[" + out + "]";
}

} // namespace

TEST_CASE("a_dashboard_is_kept_as_it_stands_in_its_file", "[page]") {
    const std::string text = R"( {"panels": [{"type": "text", "gridPos": {"x": 1}}]} )";
    const auto parsed = parse_dashboard(text, "own.json");
    REQUIRE(parsed);
    CHECK(parsed->content == text);
    CHECK(parsed->tag == parse_dashboard(text, "other.json")->tag);
    CHECK(parsed->tag != parse_dashboard(text + " ", "own.json")->tag);
}

TEST_CASE("the_dashboard_that_comes_with_the_page_is_one", "[page]") {
    const auto loaded = web::load_dashboard(OPSMON_SOURCE_DIR "/sidecar/dashboards/opsmon.json");
    INFO((loaded ? "" : loaded.error().message));
    CHECK(loaded.ok());
}

TEST_CASE("closed_rows_hold_panels_too", "[page]") {
    CHECK(faults(R"({"panels":[{"type":"row","panels":[{"type":"stat"}]}]})").empty());
    CHECK(faults(R"({"panels":[{"type":"row","panels":[{"type":"stat"},{}]}]})") ==
          "own.json: panels[0].panels[1]: has no \"type\"");
}

TEST_CASE("what_is_no_dashboard_is_said_with_what_to_do", "[page]") {
    const std::pair<const char*, const char*> cases[] = {
        {"", "own.json: line 1: is not JSON from here on"},
        {"{\n\"panels\": [\n}", "own.json: line 3: is not JSON from here on"},
        {"[]", "own.json: is no dashboard"},
        {"7", "own.json: is no dashboard"},
        {"{}", "own.json: has no \"panels\""},
        {R"({"dashboard":{},"meta":{}})", "take what stands below \"dashboard\""},
        {R"({"rows":[]})", "the format before Grafana 5"},
        {R"({"apiVersion":"x","spec":{}})", "schema V2"},
        {R"({"panels":{}})", "own.json: panels: is no list"},
        {R"({"panels":null})", "own.json: panels: holds no panel to show"},
        {R"({"panels":[]})", "own.json: panels: holds no panel to show"},
        {R"({"panels":[{"type":"row"}]})", "own.json: panels: holds no panel to show"},
        {R"({"panels":[{"type":"text","x":1e999}]})", "own.json: holds a number that is too large"},
        {R"({"panels":[{"libraryPanel":{}}]})", "own.json: panels[0]: is a panel of Grafana's"},
        {R"({"panels":[{"type":"text","targets":{}}]})", "own.json: panels[0].targets: is no list"},
        {R"({"panels":[{"type":"text","gridPos":[]}]})", "panels[0].gridPos: is no object"},
        {R"({"panels":[{"type":"text","gridPos":{"w":"1"}}]})", "panels[0].gridPos.w: is no"},
        {R"({"panels":[{"type":"text"}],"templating":[]})", "own.json: templating: is no object"},
        {R"({"panels":[{"type":"text"}],"annotations":{"list":1}})",
         "own.json: annotations.list: is no list"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK_THAT(faults(text), Catch::Contains(expected));
    }
}

TEST_CASE("all_that_is_wrong_is_said_at_once_but_not_without_end", "[page]") {
    CHECK(faults(R"({"panels":[1,{"type":2},{"type":"text"}],"templating":3})") ==
          "own.json: panels[0]: is no object\nown.json: panels[1]: has no \"type\"\n"
          "own.json: templating: is no object");
    const std::string all = faults(R"({"panels":)" + many(100, "1") + "}");
    CHECK(std::count(all.begin(), all.end(), '\n') == 20);
    CHECK(all.ends_with("\nown.json: and 80 more"));
}

TEST_CASE("a_dashboard_has_limits", "[page]") {
    const std::string panel = R"({"type":"text"})";
    CHECK(faults(R"({"panels":)" + many(300, panel) + "}").empty());
    CHECK_THAT(faults(R"({"panels":)" + many(301, panel) + "}"), Catch::Contains("more than 300"));
    const std::string row = R"({"type":"row","panels":)" + many(200, panel) + "}";
    CHECK_THAT(faults(R"({"panels":[)" + row + "," + row + "]}"),
               Catch::Contains("more than 300 in all"));
    CHECK_THAT(
        faults(R"({"panels":[{"type":"stat","targets":)" + many(51, R"({"expr":"1"})") + "}]}"),
        Catch::Contains("panels[0].targets: has more than 50"));
    for (const std::size_t depth : {100UL, 100'000UL}) {
        const std::string deep = std::string(depth, '[') + std::string(depth, ']');
        CHECK_THAT(faults(R"({"panels":[{"type":"text","x":)" + deep + "}]}"),
                   Catch::Contains("nested deeper than 40"));
    }
    const test::ScratchFile large(R"({"panels":[{"type":"text"}],"x":")" +
                                  std::string(1 << 20, 'x') + "\"}");
    const auto loaded = web::load_dashboard(large.path());
    REQUIRE_FALSE(loaded);
    CHECK_THAT(loaded.error().message, Catch::Contains("larger than the limit"));
}

TEST_CASE("nothing_of_a_file_is_repeated", "[page]") {
    for (const char* text : {"hunter2", "{\"hunter2\": hunter2}", "\"hunter2\"",
                             R"({"panels":[{"hunter2":"hunter2"}]})"}) {
        CHECK(faults(text).find("hunter2") == std::string::npos);
    }
}

TEST_CASE("a_dashboard_file_is_checked_with_the_settings_and_named_in_its_faults", "[page]") {
    const test::ScratchFile config("web: {dashboard_file: own.json}\n", "opsmon.yml");
    const auto own = std::filesystem::path(config.path()).parent_path() / "own.json";
    const auto load = [&](const std::string& text) {
        std::ofstream(own) << text;
        return load_settings(config.path());
    };
    const auto good = load(R"({"panels":[{"type":"text"}]})");
    REQUIRE(good);
    REQUIRE(good->dashboard);
    CHECK(good->dashboard->content == R"({"panels":[{"type":"text"}]})");
    const auto bad = load("{}");
    REQUIRE_FALSE(bad);
    CHECK(bad.error().message.starts_with(own.string() + ": has no \"panels\""));
    std::filesystem::remove(own);
    const auto missing = load_settings(config.path());
    REQUIRE_FALSE(missing);
    CHECK_THAT(missing.error().message,
               Catch::Contains("own.json") && Catch::Contains("No such file"));
    config.write("web: {dashboard_file: ''}\n");
    CHECK_THAT(load_settings(config.path()).error().message, Catch::Contains("web.dashboard_file"));
    config.write("");
    CHECK(load_settings(config.path())->dashboard == nullptr);
}

TEST_CASE("a_dashboard_with_a_zero_byte_is_refused_as_browsers_would", "[page]") {
    const std::string good = R"({"panels": [{"type": "text"}]})";
    using namespace std::string_literals;
    CHECK(faults(good + "\n\0"s) == "own.json: line 2: has a zero byte, which no JSON has");
    CHECK(faults(good + "\0 and more"s) == "own.json: line 1: has a zero byte, which no JSON has");
    CHECK(faults(good).empty());
}
