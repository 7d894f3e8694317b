#include "postgres/fence_exempt.hpp"

#include "postgres/gucs.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "nodes/pg_list.h"
#include "utils/acl.h"
#include "utils/varlena.h"
OPSMON_PG_HEADERS_END

namespace opsmon::fence {
namespace {

constexpr const char* kSuperusers = "superusers";

bool is_one_of(Oid role, const char* name) {
    if (strcmp(name, kSuperusers) == 0) {
        return superuser_arg(role);
    }
    const Oid group = get_role_oid(name, /* missing_ok */ true);
    // Superusers are members of everything only by right: they are meant by their own word.
    return OidIsValid(group) && is_member_of_role_nosuper(role, group);
}

} // namespace

bool session_is_exempt() {
    const Oid role = GetSessionUserId();
    char* copy = pstrdup(gucs::fence_exempt_roles);
    List* names = NIL;
    bool exempt = false;
    if (SplitIdentifierString(copy, ',', &names)) {
        const ListCell* cell;
        foreach (cell, names) {
            exempt = exempt || is_one_of(role, static_cast<const char*>(lfirst(cell)));
        }
    }
    list_free(names);
    pfree(copy);
    return exempt;
}

} // namespace opsmon::fence
