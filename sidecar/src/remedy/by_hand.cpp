#include "remedy/by_hand.hpp"

#include <algorithm>
#include <cctype>

namespace opsmon::remedy {
namespace {

// As slonik reads it: quotes are doubled, and a backslash is a character like any other.
std::string slonik_literal(const std::string& text) {
    std::string out = "'";
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20) {
            out += '?';
            continue;
        }
        out += c == '\'' ? "''" : std::string(1, c);
    }
    return out + "'";
}

std::string slonik_name(const std::string& name) {
    const bool plain = std::all_of(
        name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
    return plain && !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0
               ? name
               : slonik_literal(name);
}

// A value of a connection string, which stands in quotes where it is more than a word.
std::string conninfo_value(const std::string& text) {
    const bool plain = !text.empty() && text.find_first_of(" '\\") == std::string::npos;
    if (plain) {
        return text;
    }
    std::string out = "'";
    for (const char c : text) {
        out += c == '\'' || c == '\\' ? "\\" + std::string(1, c) : std::string(1, c);
    }
    return out + "'";
}

std::string conninfo_of(const DropByHand& drop) {
    const auto& addresses = drop.addresses;
    const auto found =
        std::find_if(addresses.begin(), addresses.end(), [&](const postgres::NodeAddressRow& row) {
            return row.node == drop.event_node && row.host;
        });
    std::string out = "host=";
    out += found == addresses.end() ? "HOST" : conninfo_value(*found->host);
    if (found != addresses.end() && found->port) {
        out += " port=" + std::to_string(static_cast<int>(*found->port));
    }
    return out + " dbname=" + conninfo_value(drop.database) + " user=SLONY connect_timeout=3";
}

std::string warning_of(const DropByHand& drop, const std::string& comment) {
    if (drop.not_now.empty()) {
        return "";
    }
    std::string out = comment + " NOT NOW: ";
    for (const char c : drop.not_now) {
        out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
    return out + "\n";
}

} // namespace

std::string slonik_script(const DropByHand& drop) {
    const std::string event_node = std::to_string(drop.event_node);
    return warning_of(drop, "#") + "cluster name = " + slonik_name(drop.cluster) + ";\n" + "node " +
           event_node + " admin conninfo = " + slonik_literal(conninfo_of(drop)) + ";\n" +
           "drop node (id = " + std::to_string(drop.node) + ", event node = " + event_node + ");\n";
}

std::string sql_script(const DropByHand& drop) {
    if (drop.cluster_literal.empty()) {
        return "";
    }
    const std::string node = std::to_string(drop.node);
    const std::string& cluster = drop.cluster_literal;
    // The consent is for this one time, whatever comes of it.
    return warning_of(drop, "--") +
           "BEGIN;\nINSERT INTO opsmon_slony.expendable (cluster, node, why) VALUES (" + cluster +
           ", " + node + ", 'it is dead') ON CONFLICT DO NOTHING;\n" +
           "SELECT * FROM opsmon_slony.drop_node(" + cluster + ", " + node +
           ", '1 h', false, 'by hand');\nDELETE FROM opsmon_slony.expendable WHERE cluster = " +
           cluster + " AND node = " + node + ";\nCOMMIT;\nSELECT opsmon_slony.clean_up(" + cluster +
           "); -- when it was dropped: again every second until it is small\n";
}

} // namespace opsmon::remedy
