#pragma once
// This component is the commands that print what the program itself knows of its flags and of the
// keys of its files: config-keys and flags-doc. main() calls them; the pages of docs/reference are
// made from what they print. They read no file.

#include <string>

namespace CLI {
class App;
}

namespace opsmon {

// `file` is opsmon, notification or web. One key a line, with its kind and its limits.
std::string config_keys(const std::string& file);

// docs/reference/command-line.md.
std::string command_line_as_markdown(const CLI::App& cli);

} // namespace opsmon
