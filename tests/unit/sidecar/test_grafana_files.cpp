// What `make install` gives to Grafana: the files for its provisioning name what is there.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <string>

namespace {

const std::string kSidecar = OPSMON_SOURCE_DIR "/sidecar/";

YAML::Node provisioning(const std::string& name) {
    return YAML::LoadFile(kSidecar + "grafana/provisioning/" + name);
}

} // namespace

TEST_CASE("the_data_source_is_the_sidecar_where_it_listens", "[grafana]") {
    const auto file = provisioning("datasources/opsmon.yml");
    CHECK(file["apiVersion"].as<int>() == 1);
    REQUIRE(file["datasources"].size() == 1);
    const auto source = file["datasources"][0];
    CHECK(source["type"].as<std::string>() == "prometheus");
    const auto example = YAML::LoadFile(kSidecar + "opsmon.example.yml");
    CHECK(source["url"].as<std::string>() ==
          "http://" + example["web"]["listen_address"].as<std::string>());
    CHECK(source["jsonData"]["timeInterval"].as<std::string>() ==
          example["history"]["interval"].as<std::string>());
}

TEST_CASE("the_provider_reads_the_folder_that_make_install_fills", "[grafana]") {
    const auto file = provisioning("dashboards/opsmon.yml");
    CHECK(file["apiVersion"].as<int>() == 1);
    REQUIRE(file["providers"].size() == 1);
    const auto provider = file["providers"][0];
    CHECK(provider["type"].as<std::string>() == "file");
    CHECK(provider["options"]["path"].as<std::string>() == "/usr/local/share/opsmon/dashboards");

    std::ifstream dashboard(kSidecar + "dashboards/opsmon.json");
    const auto json = nlohmann::json::parse(dashboard);
    CHECK(json["uid"] == "opsmon");
    CHECK_FALSE(json.contains("__inputs"));
}
