#include "rules/yaml_file.hpp"

#include <utility>

#include "base/text.hpp"
#include "config/one_document.hpp"
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
        auto document = config::parse_one_document(text);
        if (document.second_document) {
            return Error{path + ":" + std::to_string(*document.second_document) +
                         ": a second YAML document begins; a file holds one"};
        }
        return std::move(document.node);
    } catch (const YAML::Exception& problem) {
        return Error{path + ":" + std::to_string(problem.mark.line + 1) +
                     ": is not valid YAML: " + problem.msg};
    }
}

} // namespace opsmon::rules
