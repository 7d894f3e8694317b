#pragma once
// This component reads a file as one YAML document. Rule files and notification files are read with
// it. UTF-16 is read too, and merge keys are carried out. It never throws: what the YAML library
// throws becomes an error with file and line.

#include "base/result.hpp"

#include <string>

#include <yaml-cpp/yaml.h>

namespace opsmon::rules {

inline constexpr std::size_t kMaxYamlFileBytes = 1 << 20;

[[nodiscard]] Result<YAML::Node> load_yaml_file(const std::string& path);
// The same of a text; faults are told under the name `path`.
[[nodiscard]] Result<YAML::Node> read_yaml(const std::string& path, const std::string& given);

} // namespace opsmon::rules
