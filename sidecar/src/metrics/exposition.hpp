#pragma once
// This component provides the two forms in which samples leave: the text of /metrics (through
// prometheus-cpp's serialiser) and the points that history keeps. The snapshot is made of both. It
// decides nothing and reads no clock.

#include <span>
#include <string>
#include <vector>

#include "metrics/labels.hpp"
#include "metrics/samples.hpp"

namespace opsmon::metrics {

using SampleRefs = std::span<const Sample* const>;

std::string to_text(SampleRefs samples);

// A histogram becomes its series _bucket, _sum and _count.
std::vector<SeriesPoint> to_points(SampleRefs samples);

} // namespace opsmon::metrics
