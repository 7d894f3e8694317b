#pragma once
// This component provides `Documents`: what collectors have to show besides metrics, as JSON under
// a path of the web server. A collector offers a function that writes the document when somebody
// asks; the application looks it up. It holds no document itself. The function is called from
// threads of the web server and must own, and guard, all it uses.

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace opsmon::collect {

class Documents {
public:
    using Write = std::function<std::string()>;

    void offer(const std::string& path, Write write) {
        const std::lock_guard lock(mutex_);
        writers_.insert_or_assign(path, std::move(write));
    }

    void withdraw(const std::string& path) {
        const std::lock_guard lock(mutex_);
        writers_.erase(path);
    }

    // Nothing when nobody offers it at the moment.
    [[nodiscard]] std::optional<std::string> write(const std::string& path) const {
        Write writer;
        {
            const std::lock_guard lock(mutex_);
            const auto found = writers_.find(path);
            if (found == writers_.end()) {
                return std::nullopt;
            }
            writer = found->second;
        }
        return writer();
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, Write> writers_;
};

} // namespace opsmon::collect
