#include "core/policy.hpp"

#include <algorithm>
#include <cstring>

namespace opsmon::core {
namespace {

bool is_before(const Name& a, const Name& b) {
    return std::strncmp(a.bytes, b.bytes, sizeof(a.bytes)) < 0;
}

const PolicyRow* find_row(const PolicyTable& table, const Name& slot) {
    const PolicyRow* const end = table.rows + table.count;
    if (!table.is_sorted) {
        return std::find_if(table.rows, end,
                            [&](const PolicyRow& row) { return row.slot.equals(slot); });
    }
    const PolicyRow* const found =
        std::lower_bound(table.rows, end, slot, [](const PolicyRow& row, const Name& name) {
            return is_before(row.slot, name);
        });
    return found != end && found->slot.equals(slot) ? found : end;
}

} // namespace

const char* name_of(Policy policy) {
    switch (policy) {
    case Policy::Ask:
        return "ask";
    case Policy::Protect:
        return "protect";
    case Policy::Expendable:
        return "expendable";
    case Policy::Last:
        return "last";
    }
    return "";
}

std::optional<Policy> policy_named(const char* name) {
    if (name == nullptr) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < kPolicies; ++i) {
        const auto policy = static_cast<Policy>(i);
        if (std::strcmp(name, name_of(policy)) == 0) {
            return policy;
        }
    }
    return std::nullopt;
}

bool is_usable(const PolicyTable& table, TimeUs steady_us) {
    return table.loaded_steady_us > 0 && steady_us - table.loaded_steady_us <= kPolicyStaleUs;
}

void sort_rows(PolicyTable& table) {
    std::sort(table.rows, table.rows + table.count,
              [](const PolicyRow& a, const PolicyRow& b) { return is_before(a.slot, b.slot); });
    table.is_sorted = true;
}

PolicyRow policy_of(const PolicyTable& table, const Name& slot) {
    const PolicyRow* const row = find_row(table, slot);
    if (row != table.rows + table.count) {
        return *row;
    }
    const Policy unsaid = table.omitted > 0 ? Policy::Protect : Policy::Ask;
    return {slot, unsaid, false, false, 0};
}

} // namespace opsmon::core
