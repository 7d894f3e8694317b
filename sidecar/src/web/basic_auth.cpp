#include "web/basic_auth.hpp"

#include <algorithm>

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/text.hpp"
#include "web/basic_credentials.hpp"

namespace opsmon::web {
namespace {

constexpr std::size_t kKnownMax = 100;
constexpr int kWaitingMax = 8;
// No password's, of the lowest cost.
constexpr std::string_view kNobody = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrX";
constexpr std::size_t kCostAt = 4;

int cost_of(std::string_view hash) {
    return static_cast<int>(parse_count(hash.substr(kCostAt, 2)).value_or(0));
}

std::string nobodys_hash(int cost) {
    std::string hash(kNobody);
    hash[kCostAt] = static_cast<char>('0' + cost / 10);
    hash[kCostAt + 1] = static_cast<char>('0' + cost % 10);
    return hash;
}

bool is_password(const std::string& password, const std::string& hash) {
    crypt_data data{};
    const char* made = ::crypt_r(password.c_str(), hash.c_str(), &data);
    const bool same = made != nullptr && std::string_view(made).size() == hash.size() &&
                      CRYPTO_memcmp(made, hash.data(), hash.size()) == 0;
    OPENSSL_cleanse(&data, sizeof data);
    return same;
}

} // namespace

std::vector<int> costs_of_refusal(const config::WebUser* user,
                                  const std::vector<config::WebUser>& users) {
    int highest = cost_of(kNobody);
    for (const config::WebUser& each : users) {
        highest = std::max(highest, cost_of(each.hash));
    }
    std::vector<int> costs = {user == nullptr ? highest : cost_of(user->hash)};
    for (int cost = costs.front(); cost < highest; ++cost) {
        costs.push_back(cost);
    }
    return costs;
}

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
    const auto found = std::find_if(users_.begin(), users_.end(),
                                    [&](const auto& each) { return each.name == given->name; });
    const config::WebUser* user = found == users_.end() ? nullptr : &*found;
    const std::vector<int> costs = costs_of_refusal(user, users_);
    const std::string hash = user == nullptr ? nobodys_hash(costs.front()) : user->hash;
    const Digest digest = digest_of(given->name, given->password, hash);
    if (user != nullptr && is_known(digest)) {
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
        right = is_password(given->password, hash) && user != nullptr;
        for (std::size_t i = 1; i < costs.size() && !right; ++i) {
            is_password(given->password, nobodys_hash(costs[i]));
        }
    }
    waiting_.fetch_sub(1);
    if (right) {
        remember(digest);
    }
    return right ? Answer::Welcome : Answer::Refused;
}

} // namespace opsmon::web
