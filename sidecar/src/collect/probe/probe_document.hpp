#pragma once
// This component writes the document /api/v1/probes: per service the last probes and the last that
// failed, with their steps, in the form of Prometheus' API. The collector `service` offers it.
// Pure.

#include <string>
#include <utility>
#include <vector>

#include "collect/probe/probe_record.hpp"
#include "config/config.hpp"

namespace opsmon::collect {

inline constexpr std::size_t kMaxProbeDocumentBytes = 4 * 1024 * 1024;

// All steps are left out, and that is said, where it would be larger than `max_bytes`.
std::string
write_probe_document(const std::vector<std::pair<config::Service, ProbeRecord::View>>& services,
                     std::size_t max_bytes = kMaxProbeDocumentBytes);

} // namespace opsmon::collect
