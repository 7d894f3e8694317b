#pragma once
// This component knows the server's postmaster by its process id, as long as that is certain: the
// server was reached on this machine, and the parent of the sidecar's own backend is called
// postgres. The source of PostgreSQL finds it; the collector of cgroups asks for it, from another
// thread.

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "postgres/rows.hpp"

namespace opsmon::collect {

class ServerProcess {
public:
    void learn(std::optional<int> postmaster) {
        const std::lock_guard lock(mutex_);
        postmaster_ = postmaster;
    }
    [[nodiscard]] std::optional<int> postmaster() const {
        const std::lock_guard lock(mutex_);
        return postmaster_;
    }

private:
    mutable std::mutex mutex_;
    std::optional<int> postmaster_;
};

// Was the server reached over a unix socket, the loopback or another address of this machine? An
// address that is forwarded elsewhere looks the same: what must be certain needs one more proof.
bool is_reached_locally(const postgres::Text& server_address);

// Is the process called postgres?
bool is_postgres(const std::string& proc, int pid);

// The parent process in the text of /proc/<pid>/stat.
std::optional<int> parse_parent(std::string_view stat);

std::optional<int> find_postmaster(const std::string& proc, const postgres::ServerRow& server);

} // namespace opsmon::collect
