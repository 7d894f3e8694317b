#include "config/key_book.hpp"

#include <algorithm>
#include <utility>

namespace opsmon::config {

void KeyBook::add(KnownKey key) {
    const bool known = std::any_of(keys_.begin(), keys_.end(),
                                   [&](const KnownKey& one) { return one.path == key.path; });
    if (!known) {
        keys_.push_back(std::move(key));
    }
}

std::string KeyBook::to_text() const {
    std::string out;
    for (const KnownKey& key : keys_) {
        out += key.path + '\t' + key.kind + '\t' + key.limits + '\n';
    }
    return out;
}

} // namespace opsmon::config
