#pragma once
// This component decides which metrics a view of Slony-I becomes, and whose alerts are held because
// nobody knows. The source in slony.hpp calls it. Pure: no connection, no clock.

#include "collect/slony/slony_view.hpp"
#include "collect/source.hpp"

namespace opsmon::collect {

inline constexpr std::size_t kShownSlonyNodes = 80; // of all clusters

// The report of the collector `slony`. It fails when databases that have clusters gave no answer
// at all; a cluster that alone cannot be read is a metric of its own.
CollectorReport report_slony(const SlonyView& view);

} // namespace opsmon::collect
