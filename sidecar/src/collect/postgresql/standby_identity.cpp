#include "collect/postgresql/standby_identity.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "metrics/label_value.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxSharedAddresses = 1000;
constexpr std::size_t kNumberBytes = 8; // room for "#" and a number below the limit of a label

std::vector<std::size_t> oldest_first(const std::vector<StandbyFacts>& standbys) {
    std::vector<std::size_t> order(standbys.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
        const StandbyFacts& a = standbys[left];
        const StandbyFacts& b = standbys[right];
        return std::make_tuple(a.backend_start.value_or(0), a.pid, left) <
               std::make_tuple(b.backend_start.value_or(0), b.pid, right);
    });
    return order;
}

} // namespace

std::vector<std::string> StandbyIdentity::name_all(const std::vector<StandbyFacts>& standbys) {
    note_shared_addresses(standbys);
    std::vector<std::string> names;
    for (const StandbyFacts& standby : standbys) {
        names.push_back(plain_name(standby));
    }
    std::set<std::string> used;
    for (const std::size_t index : oldest_first(standbys)) {
        const std::string plain = names[index];
        for (int number = 2; !used.insert(names[index]).second; ++number) {
            names[index] = plain + '#' + std::to_string(number);
        }
    }
    return names;
}

void StandbyIdentity::note_shared_addresses(const std::vector<StandbyFacts>& standbys) {
    std::map<std::string, std::string> first_consumer;
    for (const StandbyFacts& standby : standbys) {
        if (standby.address.empty()) {
            continue;
        }
        const auto [at, is_new] = first_consumer.emplace(standby.address, standby.consumer);
        if (!is_new && at->second != standby.consumer &&
            shared_addresses_.size() < kMaxSharedAddresses) {
            shared_addresses_.insert(standby.address);
        }
    }
}

std::string StandbyIdentity::plain_name(const StandbyFacts& standby) const {
    std::string name = standby.consumer.empty() ? "unnamed" : standby.consumer;
    if (!standby.address.empty()) {
        const bool shared = shared_addresses_.contains(standby.address);
        name = shared ? standby.address + '/' + name : standby.address;
    }
    return metrics::clean_label_value(name, metrics::kMaxLabelValueBytes - kNumberBytes);
}

} // namespace opsmon::collect
