#include "config/secret_file.hpp"

#include <cerrno>
#include <cstring>

#include <sys/stat.h>

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

Result<std::string> read_private_file(const std::string& path, std::size_t max_bytes,
                                      const std::string& described_as) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) {
        return Error{"cannot open " + described_as + ": " + std::strerror(errno)};
    }
    if ((facts.st_mode & S_IRWXO) != 0) {
        return Error{path + " is open to every user of the machine; run: chmod o-rwx " + path};
    }
    return read_secret_file(path, max_bytes, described_as);
}

} // namespace opsmon::config
