#pragma once
// What the YAML library of this machine does by itself: versions differ, and ours catches the rest.

#include <string>

#include <yaml-cpp/yaml.h>

namespace opsmon::test {

// Newer versions refuse what older ones take for documents without end.
inline bool yaml_library_refuses(const std::string& text) {
    try {
        (void)YAML::Load(text);
        return false;
    } catch (const YAML::Exception&) {
        return true;
    }
}

} // namespace opsmon::test
