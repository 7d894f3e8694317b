#include "postgres/ballast.hpp"

#include "postgres/gucs.hpp"
#include "postgres/shmem.hpp"
#include "postgres/worker.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
#include "common/file_perm.h"
OPSMON_PG_HEADERS_END

namespace opsmon::ballast {
namespace {

constexpr char kMagic[] = "opsmon ballast 1\n";
constexpr std::size_t kMagicBytes = sizeof kMagic - 1;
constexpr std::size_t kHeaderBytes = 4096;
constexpr core::Bytes kBytesPerBlock = 512; // of st_blocks, by definition
// Without this much a server cannot even write its lock file and a checkpoint's small ones.
constexpr core::Bytes kDataLeastBytes = 16 * core::kBytesPerMiB;

// The prefix is that of temporary files: base backups, pg_rewind and pg_checksums pass them by.
// Relative to the data directory, where every process of the server lives.
struct Place {
    const char* folder;
    const char* name;
    const char* unfinished;
};

const Place& place_of(core::VolumeKind volume) {
    static constexpr Place kWal{"pg_wal", "pg_wal/pgsql_tmp.opsmon_ballast",
                                "pg_wal/pgsql_tmp.opsmon_ballast.new"};
    static constexpr Place kData{".", "pgsql_tmp.opsmon_ballast", "pgsql_tmp.opsmon_ballast.new"};
    return volume == core::VolumeKind::Wal ? kWal : kData;
}

core::Bytes allocated_bytes(const struct stat& facts) {
    return static_cast<core::Bytes>(facts.st_blocks) * kBytesPerBlock;
}

// --- recognising it ------------------------------------------------------------------------------

void say_once_that_it_is_foreign(const char* path) {
    static bool said = false;
    if (!said) {
        said = true;
        ereport(LOG,
                (errmsg("opsmon leaves the file \"%s\" alone: it is no ballast of opsmon's", path),
                 errhint("Move it away: opsmon keeps its ballast under this name.")));
    }
}

// A half-made one may have lost its first bytes in a crash: nothing, or zeros, stand there then.
enum class Expected { Whole, Unfinished };

bool says_that_it_is_ours(int file, const struct stat& facts, Expected expected) {
    static constexpr char kNothing[kMagicBytes]{};
    char start[kMagicBytes];
    if (!S_ISREG(facts.st_mode) || facts.st_nlink != 1) {
        return false;
    }
    if (expected == Expected::Unfinished && facts.st_size == 0) {
        return true;
    }
    return pread(file, start, sizeof start, 0) == static_cast<ssize_t>(sizeof start) &&
           (memcmp(start, kMagic, sizeof start) == 0 ||
            (expected == Expected::Unfinished && memcmp(start, kNothing, sizeof start) == 0));
}

// An open file, or -1 when there is none of ours under this name. Neither follows a symbolic link
// nor waits for the other end of a pipe.
int open_ours(const char* path, int flags, Expected expected, struct stat& facts) {
    const int file = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) {
        if (errno != ENOENT) {
            say_once_that_it_is_foreign(path);
        }
        return -1;
    }
    if (fstat(file, &facts) == 0 && says_that_it_is_ours(file, facts, expected)) {
        return file;
    }
    close(file);
    say_once_that_it_is_foreign(path);
    return -1;
}

std::optional<core::Bytes> remove_ours(const char* path, Expected expected) {
    struct stat facts;
    const int file = open_ours(path, O_RDWR, expected, facts);
    if (file < 0) {
        return std::nullopt;
    }
    const bool removed = unlink(path) == 0;
    // Somebody who reads the file, a backup say, would keep its blocks until he closes it.
    const bool emptied = removed && ftruncate(file, 0) == 0;
    close(file);
    return removed || emptied ? std::optional(allocated_bytes(facts)) : std::nullopt;
}

// --- building it ---------------------------------------------------------------------------------

void write_header(char (&header)[kHeaderBytes]) {
    memset(header, '\n', sizeof header);
    const int length =
        snprintf(header, sizeof header,
                 "%s"
                 "This file holds nothing. opsmon keeps it so that there is space to give up when\n"
                 "the volume is full, and gives it up by itself. It may be deleted at any time.\n"
                 "system identifier: %llu\n",
                 kMagic, static_cast<unsigned long long>(GetSystemIdentifier()));
    header[length] = '\n';
}

// A signal is no reason to give up, the end of the process is.
int allocate(int file, off_t bytes) {
    int result;
    do {
        result = posix_fallocate(file, 0, bytes);
    } while (result == EINTR && !ProcDiePending);
    return result;
}

int sync_folder(const char* path) {
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return errno;
    }
    const int result = fsync(folder) == 0 ? 0 : errno;
    close(folder);
    return result;
}

// 0, or the number of the error. ENOTSUP: the file system promises space and does not keep it.
int fill(int file, core::Bytes bytes) {
    char header[kHeaderBytes];
    write_header(header);
    if (pwrite(file, header, sizeof header, 0) != static_cast<ssize_t>(sizeof header)) {
        return errno != 0 ? errno : ENOSPC;
    }
    if (const int result = allocate(file, static_cast<off_t>(bytes)); result != 0) {
        return result;
    }
    struct stat facts;
    if (fsync(file) != 0 || fstat(file, &facts) != 0) {
        return errno;
    }
    return allocated_bytes(facts) >= bytes / 10 * 9 ? 0 : ENOTSUP;
}

bool is_free(const char* path) {
    struct stat facts;
    return lstat(path, &facts) != 0 && errno == ENOENT;
}

int make(const Place& place, core::Bytes bytes) {
    const int file = open(place.unfinished, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                          pg_file_create_mode);
    if (file < 0) {
        return errno;
    }
    errno = 0;
    int result = fill(file, bytes);
    close(file);
    if (result == 0 && !is_free(place.name)) {
        result = EEXIST;
    }
    if (result == 0 && rename(place.unfinished, place.name) != 0) {
        result = errno;
    }
    if (result != 0) {
        unlink(place.unfinished);
        return result;
    }
    return sync_folder(place.folder);
}

// --- at the start of the server ------------------------------------------------------------------

bool has_less_than(const char* folder, core::Bytes bytes) {
    struct statvfs facts;
    return statvfs(folder, &facts) == 0 &&
           core::saturating_multiply(facts.f_bavail, facts.f_frsize) < bytes;
}

void report_release(core::VolumeKind volume, core::Bytes bytes) {
    ereport(
        LOG,
        (errmsg("opsmon gave up its ballast of %llu MB on the %s volume: there was no room to "
                "start in",
                static_cast<unsigned long long>(bytes / core::kBytesPerMiB), core::name_of(volume)),
         errhint("See who holds the space: SELECT * FROM opsmon.guard_plan.")));
    core::GuardEvent event{};
    event.at = worker::now();
    event.action = core::Action::BallastReleased;
    event.outcome = core::Outcome::Done;
    event.mode = gucs::mode();
    event.who.assign("postmaster");
    event.volume = volume;
    event.before_bytes = bytes;
    event.after_bytes = 0;
    event.detail.assign("the server had no room to start in");
    shmem::state()->reports.post(event);
}

} // namespace

std::optional<core::Bytes> release(core::VolumeKind volume) {
    const Place& place = place_of(volume);
    const std::optional<core::Bytes> gained = remove_ours(place.name, Expected::Whole);
    // At the worst a half-made one takes space, too.
    const std::optional<core::Bytes> unfinished =
        remove_ours(place.unfinished, Expected::Unfinished);
    return unfinished ? gained.value_or(0) + *unfinished : gained;
}

void release_if_no_room() {
    const struct {
        core::VolumeKind volume;
        core::Bytes least_bytes;
    } volumes[] = {
        {core::VolumeKind::Wal, 2 * static_cast<core::Bytes>(wal_segment_size)},
        {core::VolumeKind::Data, kDataLeastBytes},
    };
    for (const auto& each : volumes) {
        if (!has_less_than(place_of(each.volume).folder, each.least_bytes)) {
            continue;
        }
        if (const std::optional<core::Bytes> bytes = release(each.volume)) {
            report_release(each.volume, *bytes);
        }
    }
}

std::optional<core::Bytes> size_of(core::VolumeKind volume) {
    struct stat facts;
    const int file = open_ours(place_of(volume).name, O_RDONLY, Expected::Whole, facts);
    if (file < 0) {
        return std::nullopt;
    }
    close(file);
    return static_cast<core::Bytes>(facts.st_size);
}

void build(core::VolumeKind volume, core::Bytes bytes) {
    const Place& place = place_of(volume);
    remove_unfinished(volume);
    const int result = is_free(place.name) ? make(place, bytes) : EEXIST;
    if (result != 0) {
        errno = result;
        ereport(ERROR,
                (errcode_for_file_access(),
                 errmsg("opsmon could not make its ballast \"%s\" of %llu MB: %m", place.name,
                        static_cast<unsigned long long>(bytes / core::kBytesPerMiB)),
                 result == ENOTSUP
                     ? errdetail("The file system does not set aside the space it promises.")
                     : 0,
                 errhint("Without it a full volume needs somebody to make room. "
                         "opsmon.ballast_size sets its size; 0 keeps none.")));
    }
}

void remove_unfinished(core::VolumeKind volume) {
    (void)remove_ours(place_of(volume).unfinished, Expected::Unfinished);
}

} // namespace opsmon::ballast
