#pragma once
// This component reads the parameters of a request: its form, then its address, then a form in
// parts. The library's own
// reading takes what stands behind the last = of a pair, and `up==0` for `0`: nobody here uses it.

#include <httplib.h>

#include "web/prometheus_parameters.hpp"

namespace opsmon::web {

[[nodiscard]] Result<Parameters> request_parameters(const httplib::Request& request);

} // namespace opsmon::web
