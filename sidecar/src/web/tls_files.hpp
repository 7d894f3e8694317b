#pragma once
// This component provides `TlsFiles`: the server's TLS settings as a context for new connections,
// made anew when the certificate, the key or the clients' authorities have changed on disk, so that
// a renewed certificate needs no reload. The web server asks it for each connection. While new
// files cannot be used the ones before stay in use, and the log says so.

#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/web_file.hpp"
#include "web/wire.hpp"

namespace opsmon::web {

// Reads the files. Errors name them, and never what is in them.
Result<TlsContext> make_tls_context(const config::TlsServer& settings);

class TlsFiles {
public:
    // An error when the files cannot be used as they are now.
    static Result<std::shared_ptr<TlsFiles>> open(config::TlsServer settings);

    // Looks at the files at most once a second.
    TlsContext context(SteadyTime now);

private:
    // Of each file, what a change of it changes.
    struct Stamp {
        long long inode = 0;
        long long changed_ns = 0;
        long long bytes = 0;
        friend bool operator==(const Stamp&, const Stamp&) = default;
    };

    explicit TlsFiles(config::TlsServer settings) : settings_(std::move(settings)) {}
    [[nodiscard]] std::vector<Stamp> stamps() const;

    const config::TlsServer settings_;
    std::mutex mutex_;
    TlsContext context_;
    std::vector<Stamp> stamps_;
    SteadyTime looked_at_;
};

} // namespace opsmon::web
