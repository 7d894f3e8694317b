#include "web/basic_auth.hpp"

#include <algorithm>

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "web/basic_credentials.hpp"

namespace opsmon::web {
namespace {

constexpr std::size_t kKnownMax = 100;
constexpr int kWaitingMax = 8;
// Nobody's: what an unknown name is compared with, so that it takes as long.
constexpr const char* kNobody = "$2b$10$abcdefghijklmnopqrstuuOmfegQHdHSz7H3SodRIeI7NCoPJJl9u";

bool is_password(const std::string& password, const std::string& hash) {
    crypt_data data{};
    const char* made = ::crypt_r(password.c_str(), hash.c_str(), &data);
    const bool same = made != nullptr && std::string_view(made).size() == hash.size() &&
                      CRYPTO_memcmp(made, hash.data(), hash.size()) == 0;
    OPENSSL_cleanse(&data, sizeof data);
    return same;
}

} // namespace

BasicAuth::BasicAuth(std::vector<config::WebUser> users) : users_(std::move(users)) {
    RAND_bytes(secret_.data(), static_cast<int>(secret_.size()));
}

BasicAuth::Digest BasicAuth::digest_of(std::string_view name, std::string_view password,
                                       std::string_view hash) const {
    std::string text(reinterpret_cast<const char*>(secret_.data()), secret_.size());
    text.append(name).append(1, '\0').append(hash).append(1, '\0').append(password);
    Digest digest{};
    unsigned int length = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
    OPENSSL_cleanse(text.data(), text.size());
    return digest;
}

bool BasicAuth::is_known(const Digest& digest) {
    const std::lock_guard lock(known_mutex_);
    const auto found = std::find(known_.begin(), known_.end(), digest);
    if (found == known_.end()) {
        return false;
    }
    known_.splice(known_.begin(), known_, found);
    return true;
}

void BasicAuth::remember(const Digest& digest) {
    const std::lock_guard lock(known_mutex_);
    known_.push_front(digest);
    if (known_.size() > kKnownMax) {
        known_.pop_back();
    }
}

BasicAuth::Answer BasicAuth::ask(std::string_view authorization) {
    const auto given = parse_basic_credentials(authorization);
    if (!given) {
        return Answer::Refused;
    }
    const auto user = std::find_if(users_.begin(), users_.end(),
                                   [&](const auto& each) { return each.name == given->name; });
    const std::string hash = user == users_.end() ? kNobody : user->hash;
    const Digest digest = digest_of(given->name, given->password, hash);
    if (user != users_.end() && is_known(digest)) {
        return Answer::Welcome;
    }
    // Whoever guesses has one processor at the most, and holds up nobody who is known.
    if (waiting_.fetch_add(1) >= kWaitingMax) {
        waiting_.fetch_sub(1);
        return Answer::Busy;
    }
    bool right = false;
    {
        const std::lock_guard lock(work_mutex_);
        right = is_password(given->password, hash) && user != users_.end();
    }
    waiting_.fetch_sub(1);
    if (right) {
        remember(digest);
    }
    return right ? Answer::Welcome : Answer::Refused;
}

} // namespace opsmon::web
