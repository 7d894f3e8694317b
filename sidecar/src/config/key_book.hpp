#pragma once
// This component is a list of the keys that a reader of settings asks for, with what each may hold.
// A describing Section (section.hpp) fills it; `opsmon-sidecar config-keys` prints it, and from
// that docs/reference/configuration.md is made. It knows no key by itself: what is read is what is
// listed.

#include <string>
#include <vector>

namespace opsmon::config {

struct KnownKey {
    std::string path;   // services[].http.method
    std::string kind;   // text, duration, section …
    std::string limits; // 1s to 1h; empty: none but the kind's own
};

class KeyBook {
public:
    // The first description of a path stands.
    void add(KnownKey key);

    [[nodiscard]] const std::vector<KnownKey>& keys() const { return keys_; }
    // One key a line: path, kind and limits, with tabs between them.
    [[nodiscard]] std::string to_text() const;

private:
    std::vector<KnownKey> keys_; // in the order they are asked for
};

} // namespace opsmon::config
