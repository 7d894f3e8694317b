#pragma once
// This component reads a YAML text that is to hold one document, with whatever bytes it comes: the
// configuration, rule files and notification files. It never looks for more than a second document.

#include <optional>
#include <string>

#include <yaml-cpp/yaml.h>

namespace opsmon::config {

struct OneDocument {
    YAML::Node node;                    // null where the text is empty
    std::optional<int> second_document; // its line, where there is one: the text is to be refused
};

// Throws YAML::Exception where the text is no YAML, for callers that know how to name the file.
OneDocument parse_one_document(const std::string& text);

} // namespace opsmon::config
