#pragma once
// This component holds the settings as they stand in the file: each where it was given, nothing
// where it was not, types and ranges right but nothing compared with anything else yet. load.cpp
// fills it, finalize.cpp turns it into a `Config`; nobody else sees it.

#include <optional>
#include <string>
#include <vector>

#include "config/section.hpp"

namespace opsmon::config {

using RawText = std::optional<Located<std::string>>;
using RawDuration = std::optional<Located<std::chrono::milliseconds>>;
using RawTexts = std::vector<Located<std::string>>;

struct RawPostgres {
    RawText conninfo;
    RawText password_file;
    RawDuration connect_timeout;
    RawDuration statement_timeout;
    RawDuration lock_timeout;
};

struct RawService {
    int line = 0;
    RawText name;
    RawText url;
    RawDuration timeout;
    RawDuration interval;
};

struct RawConfig {
    RawText listen_address;
    RawDuration interval;
    RawDuration timeout;
    std::optional<RawPostgres> postgres;
    RawTexts public_interfaces;
    RawTexts private_interfaces;
    RawTexts ignored_interfaces;
    RawTexts ignored_mount_points;
    std::vector<RawService> services;
    RawTexts rule_files;
    RawText notification_file;
};

} // namespace opsmon::config
