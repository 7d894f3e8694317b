#pragma once
// This component provides `BasicAuth`: whether a request names a user of the web configuration file
// and his password. The web server asks it before anything else. It tells nobody whether it was the
// name or the password that was wrong, also not by the time it takes.

#include <array>
#include <atomic>
#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "config/web_file.hpp"

namespace opsmon::web {

// The costs of the hashes that an attempt takes which is refused: that of the user's own hash, of
// an unknown name (nullptr) the highest that any user has, and what is missing up to that. Each one
// more is twice the work: together they are the same for every name.
std::vector<int> costs_of_refusal(const config::WebUser* user,
                                  const std::vector<config::WebUser>& users);

class BasicAuth {
public:
    enum class Answer { Welcome, Refused, Busy };

    explicit BasicAuth(std::vector<config::WebUser> users);

    // The value of the request's Authorization header; "" where there is none. The first time a
    // right password comes it takes as long as bcrypt does, after that it is known.
    Answer ask(std::string_view authorization);

    [[nodiscard]] bool asks() const { return !users_.empty(); }

private:
    using Digest = std::array<unsigned char, 32>;

    [[nodiscard]] Digest digest_of(std::string_view name, std::string_view password,
                                   std::string_view hash) const;
    bool is_known(const Digest& digest);
    void remember(const Digest& digest);

    std::vector<config::WebUser> users_;
    std::array<unsigned char, 32> secret_; // so that what is remembered is of no use elsewhere
    std::mutex known_mutex_;
    std::list<Digest> known_; // the newest first
    std::mutex work_mutex_;   // one attempt at a time has a processor
    std::atomic<int> waiting_ = 0;
};

} // namespace opsmon::web
