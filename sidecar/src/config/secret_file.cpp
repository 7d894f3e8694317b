#include "config/secret_file.hpp"

#include "base/text.hpp"

namespace opsmon::config {

Result<std::string> read_secret_file(const std::string& path, std::size_t max_bytes,
                                     const std::string& described_as) {
    auto content = read_file(path, max_bytes);
    if (content) {
        return content;
    }
    auto why = content.error().message;
    for (auto at = why.find(path); !path.empty() && at != std::string::npos;
         at = why.find(path, at + described_as.size())) {
        why.replace(at, path.size(), described_as);
    }
    return Error{std::move(why)};
}

} // namespace opsmon::config
