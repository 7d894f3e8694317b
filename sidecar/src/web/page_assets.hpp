#pragma once
// This component provides the parts of the page that people open, as the build of sidecar/page/
// has bundled them into the binary: each as it is, and compressed. The page's routes send them.
// They never change while the program runs.

#include <span>
#include <string_view>

namespace opsmon::web {

struct Asset {
    std::string_view path;
    std::string_view type;
    std::string_view tag; // changes with the content
    std::string_view content;
    std::string_view gzip; // empty: only as it is
};

std::span<const Asset> page_assets();

} // namespace opsmon::web
