#include "config/finalize.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/duration.hpp"
#include "config/conninfo.hpp"

namespace opsmon::config {
namespace {

milliseconds value_or(const RawDuration& given, milliseconds otherwise) {
    return given ? given->value : otherwise;
}

std::vector<std::string> values(const RawTexts& given) {
    std::vector<std::string> out;
    for (const auto& text : given) {
        out.push_back(text.value);
    }
    return out;
}

std::string beside(const std::string& file, const std::string& path) {
    return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

Collect finalize_collect(const RawConfig& raw, Faults& faults) {
    Collect out;
    out.interval = value_or(raw.interval, out.interval);
    // Below the interval, so that a cycle that fails by time-out still ends before the next is due.
    out.timeout = value_or(raw.timeout, std::min(out.timeout, out.interval * 4 / 5));
    if (out.timeout >= out.interval) {
        faults.add(raw.timeout->line, "collect.timeout",
                   "must be less than collect.interval, which is " + format_duration(out.interval));
    }
    return out;
}

Postgres finalize_postgres(const RawPostgres& raw, const Collect& collect, const std::string& file,
                           Faults& faults) {
    Postgres out;
    out.connect_timeout =
        value_or(raw.connect_timeout, std::min(out.connect_timeout, collect.timeout));
    out.statement_timeout =
        value_or(raw.statement_timeout, std::min(out.statement_timeout, collect.timeout / 2));
    out.lock_timeout = value_or(raw.lock_timeout, out.lock_timeout);
    const std::string limit = format_duration(collect.timeout);
    if (out.connect_timeout > collect.timeout) {
        faults.add(raw.connect_timeout->line, "postgres.connect_timeout",
                   "must not be more than collect.timeout, which is " + limit);
    }
    // The server must give up first: then a slow query ends there and the connection survives.
    if (out.statement_timeout >= collect.timeout) {
        faults.add(raw.statement_timeout->line, "postgres.statement_timeout",
                   "must be less than collect.timeout, which is " + limit);
    }
    if (raw.conninfo) {
        out.conninfo = raw.conninfo->value;
        if (const auto checked = check_conninfo(out.conninfo); !checked) {
            faults.add(raw.conninfo->line, "postgres.conninfo", checked.error().message);
        }
    }
    if (raw.password_file) {
        out.password_file = beside(file, raw.password_file->value);
        if (const auto checked = read_password(out.password_file); !checked) {
            faults.add(raw.password_file->line, "postgres.password_file", checked.error().message);
        }
    }
    return out;
}

Service finalize_service(const RawService& raw, const std::string& where, const Collect& collect,
                         Faults& faults) {
    Service out;
    out.interval = value_or(raw.interval, collect.interval);
    out.timeout = value_or(raw.timeout, std::min(out.timeout, out.interval));
    if (out.timeout > out.interval) {
        faults.add(raw.timeout->line, where + ".timeout",
                   "must not be more than the interval of the service, which is " +
                       format_duration(out.interval));
    }
    if (raw.name) {
        out.name = raw.name->value;
    } else {
        faults.add(raw.line, where, "needs a name");
    }
    if (!raw.url) {
        faults.add(raw.line, where, "needs a url");
        return out;
    }
    auto url = parse_url(raw.url->value);
    if (url) {
        out.url = std::move(*url);
    } else {
        faults.add(raw.url->line, where + ".url", url.error().message);
    }
    return out;
}

std::vector<Service> finalize_services(const RawConfig& raw, const Collect& collect,
                                       Faults& faults) {
    std::vector<Service> out;
    std::set<std::string> names;
    for (const RawService& service : raw.services) {
        const std::string where = "services[" + std::to_string(out.size()) + "]";
        out.push_back(finalize_service(service, where, collect, faults));
        if (service.name && !names.insert(service.name->value).second) {
            faults.add(service.name->line, where + ".name",
                       "'" + service.name->value + "' is used twice; names must differ");
        }
    }
    return out;
}

} // namespace

Config finalize(const RawConfig& raw, const std::string& file, Faults& faults) {
    Config out;
    if (raw.listen_address) {
        auto address = parse_host_port(raw.listen_address->value);
        if (address) {
            out.listen_address = std::move(*address);
        } else {
            faults.add(raw.listen_address->line, "web.listen_address", address.error().message);
        }
    }
    out.collect = finalize_collect(raw, faults);
    if (raw.postgres) {
        out.postgres = finalize_postgres(*raw.postgres, out.collect, file, faults);
    }
    out.network = {values(raw.public_interfaces), values(raw.private_interfaces),
                   values(raw.ignored_interfaces)};
    out.disk.ignored_mount_points = values(raw.ignored_mount_points);
    out.services = finalize_services(raw, out.collect, faults);
    for (const auto& path : raw.rule_files) {
        out.alerting.rule_files.push_back(beside(file, path.value));
    }
    if (raw.notification_file) {
        out.alerting.notification_file = beside(file, raw.notification_file->value);
    }
    return out;
}

} // namespace opsmon::config
