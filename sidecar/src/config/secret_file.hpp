#pragma once
// This component reads a file that holds a secret. Its errors never repeat the file's name: whoever
// takes the wrong key writes the secret itself where the name belongs. The configuration, the
// notification settings and the probes read with it.

#include <cstddef>
#include <string>

#include "base/result.hpp"

namespace opsmon::config {

inline constexpr std::size_t kMaxSecretBytes = 4096;

// `described_as` stands in errors in place of the name, such as "the file this key names".
Result<std::string> read_secret_file(const std::string& path, std::size_t max_bytes,
                                     const std::string& described_as);

// The same, and an error when every user of the machine may open it: then it is no secret.
Result<std::string> read_private_file(const std::string& path, std::size_t max_bytes,
                                      const std::string& described_as);

} // namespace opsmon::config
