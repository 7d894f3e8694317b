#pragma once
// This component weighs each signal of an attack by itself: how strong it is, what it would have to
// reach, and whether the other facts fit. The judge calls it. It is pure and remembers nothing.

#include <optional>
#include <string>

#include "collect/network/attack_judge.hpp"

namespace opsmon::collect {

struct Evidence {
    std::optional<double> value; // none: not measured
    std::optional<double> threshold;
    bool fits = false; // nothing else speaks against an attack
    std::string detail;
};

// `peak` is the ordinary daily peak of the signal, where it is known.
Evidence weigh(AttackReason reason, const AttackFacts& facts, std::optional<double> peak,
               const config::Attack& settings);

} // namespace opsmon::collect
