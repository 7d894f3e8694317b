#include "rules/yaml_file.hpp"

#include "base/text.hpp"
#include "promql/utf8.hpp"

namespace opsmon::rules {

Result<YAML::Node> load_yaml_file(const std::string& path) {
    auto text = read_file(path, kMaxYamlFileBytes);
    if (!text) {
        // An address, whose slashes may have been tidied up: a webhook's is a secret.
        if (path.find(":/") != std::string::npos) {
            return Error{
                "an address (not shown: it may be a secret) stands where the name of a "
                "file belongs; look at alerting.notification_file and alerting.rule_files"};
        }
        return text.error();
    }
    return read_yaml(path, *text);
}

Result<YAML::Node> read_yaml(const std::string& path, const std::string& text) {
    if (promql::first_invalid_utf8(text) != std::string_view::npos) {
        return Error{path + ": is not valid UTF-8"};
    }
    try {
        auto documents = YAML::LoadAll(text);
        if (documents.empty()) {
            return YAML::Node();
        }
        if (documents.size() > 1) {
            return Error{path + ": holds more than one YAML document; remove the --- between them"};
        }
        return documents.front();
    } catch (const YAML::Exception& problem) {
        return Error{path + ":" + std::to_string(problem.mark.line + 1) +
                     ": is not valid YAML: " + problem.msg};
    }
}

} // namespace opsmon::rules
