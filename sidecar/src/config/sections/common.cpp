#include "config/sections.hpp"

#include <filesystem>

namespace opsmon::config {

milliseconds value_or(const GivenDuration& given, milliseconds otherwise) {
    return given ? given->value : otherwise;
}

std::vector<std::string> values(const std::vector<Located<std::string>>& given) {
    std::vector<std::string> out;
    for (const auto& text : given) {
        out.push_back(text.value);
    }
    return out;
}

std::string beside(const std::string& file, const std::string& path) {
    return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

} // namespace opsmon::config
