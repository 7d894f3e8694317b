#pragma once
// The part of the verdict about who takes WAL: slots whose consumer has left or never came, slots
// that are lost, and consumers that people expect. It judges as the alert
// ReplicationConsumerVanished and the sidecar's page do (sidecar/page/src/model/absentees.ts).

#include "core/findings.hpp"

namespace opsmon::core {

void judge_consumers(const VerdictFacts& facts, Findings& findings);

} // namespace opsmon::core
