#pragma once
// This component reads the sections of opsmon.yml, one function and one file of sections/ each:
// from YAML to the plain structs of config.hpp, with defaults that fit each other and the checks
// that need more than one value. load.cpp calls them. They look at no file but a secret's, and what
// they return is to be used only when no fault was added.

#include <cstddef>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/faults.hpp"
#include "config/section.hpp"

namespace opsmon::config {

inline constexpr std::size_t kMaxListEntries = 100;
inline constexpr std::size_t kMaxTextBytes = 4096;
inline constexpr std::size_t kMaxNameBytes = 128;

// What every section may need to know besides its own text.
struct Context {
    std::string file; // what relative paths are relative to
    Collect collect;
    Faults* faults = nullptr;
};

using GivenText = std::optional<Located<std::string>>;
using GivenDuration = std::optional<Located<milliseconds>>;

milliseconds value_or(const GivenDuration& given, milliseconds otherwise);
std::vector<std::string> values(const std::vector<Located<std::string>>& given);
// `path` as the file's author meant it: relative to the file.
std::string beside(const std::string& file, const std::string& path);

struct Web {
    HostPort listen_address;
    std::string external_url;
    std::vector<std::string> allowed_hosts;
    std::string dashboard_file;
};

Web read_web(Section section, HostPort otherwise, const Context& context);
Collect read_collect(Section section, const Context& context);
Postgres read_postgres(Section section, const Context& context);
Slony read_slony(Section section, const Context& context);
Network read_network(Section section, const Context& context);
Disk read_disk(Section section, const Context& context);
std::vector<Service> read_services(std::vector<Section> sections, const Context& context);
std::vector<AccessLog> read_access_logs(std::vector<Section> sections, const Context& context);
std::vector<StubStatus> read_stub_status(std::vector<Section> sections, const Context& context);
Alerting read_alerting(Section section, const Context& context);
History read_history(Section section, const Context& context);
Storage read_storage(Section section, const Context& context);

} // namespace opsmon::config
