#pragma once
// This component reads a file that holds a secret. Its errors never repeat the file's name: whoever
// takes the wrong key writes the secret itself where the name belongs. The configuration and the
// notification settings read with it.

#include <cstddef>
#include <string>

#include "base/result.hpp"

namespace opsmon::config {

// `described_as` stands in errors in place of the name, such as "the file this key names".
Result<std::string> read_secret_file(const std::string& path, std::size_t max_bytes,
                                     const std::string& described_as);

} // namespace opsmon::config
