#pragma once
// This component provides `NetworkMemory`: what the network's collectors remember from cycle to
// cycle and over a reload of the settings: how far the counters were, which interfaces are public,
// what is ordinary. The application owns it and each network source shares it. Whoever uses a part
// holds the lock, and reads no file meanwhile.

#include <array>
#include <mutex>

#include "collect/network/attack_judge.hpp"
#include "collect/network/interface_ledger.hpp"
#include "collect/network/interface_type.hpp"

namespace opsmon::collect {

struct NetworkMemory {
    std::mutex mutex;
    InterfaceLedger ledger;
    InterfaceTypes types;
    AttackState attack;
    std::array<bool, kAttackReasons> attack_restored{}; // what the store had of it was taken
};

} // namespace opsmon::collect
