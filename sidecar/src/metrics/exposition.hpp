#pragma once
// This component provides `Rendering`, the two forms in which samples leave: the text of /metrics,
// family by family (exposition format 0.0.4), and the points that history keeps. The board has each
// report rendered once, however often it is shown; the snapshot joins them. It decides nothing and
// reads no clock.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "metrics/labels.hpp"
#include "metrics/samples.hpp"

namespace opsmon::metrics {

struct Rendering {
    struct Family {
        std::size_t metric = 0; // its row in the catalog
        std::size_t begin = 0;  // where its HELP, TYPE and samples stand in the text
        std::size_t size = 0;
        std::size_t header_size = 0; // of HELP and TYPE
    };

    std::string text;
    std::vector<Family> families; // in the order of the catalog
    // A histogram becomes its series _bucket, _sum and _count.
    std::vector<SeriesPoint> points;
};

using RenderingPtr = std::shared_ptr<const Rendering>;

RenderingPtr render(std::span<const Sample> samples);

// One page, in the order of the catalog. A family of two renderings has one HELP and TYPE.
std::string join_text(std::span<const RenderingPtr> renderings);

} // namespace opsmon::metrics
