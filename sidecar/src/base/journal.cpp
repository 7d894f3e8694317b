#include "base/journal.hpp"

#include <cstdlib>

#include <sys/stat.h>
#include <unistd.h>

#include "base/text.hpp"

namespace opsmon::log {

bool is_journal(std::string_view journal_stream, dev_t device, ino_t inode) {
    const auto colon = journal_stream.find(':');
    if (colon == std::string_view::npos) {
        return false;
    }
    const auto their_device = parse_count(journal_stream.substr(0, colon));
    const auto their_inode = parse_count(journal_stream.substr(colon + 1));
    return their_device && their_inode && *their_device == device && *their_inode == inode;
}

bool stderr_is_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat facts {};
    return stream != nullptr && ::fstat(STDERR_FILENO, &facts) == 0 &&
           is_journal(stream, facts.st_dev, facts.st_ino);
}

} // namespace opsmon::log
