/* F3  Life of a sealed file: temporary name, collective HDF5 writing, seal, check, rename; or check, then collective
 * reading. */
#define _GNU_SOURCE /* fallocate */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/comm_ops.h"
#include "base/error.h"
#include "io/sealed_internal.h"

/* Room for HDF5's own metadata between two reservations. */
#define METADATA_BYTES (UINT64_C(256) << 10)
#define CALL_BYTES     (UINT64_C(8) << 10) /* no helper writes more metadata than this */
#define META_BLOCK     (UINT64_C(16) << 10)

/* ---- HDF5's errors ---- */

kw_hdf5_printing kw_hdf5_silence(void) {
    kw_hdf5_printing printing = {NULL, NULL};
    H5Eget_auto2(H5E_DEFAULT, &printing.function, &printing.data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return printing;
}

void kw_hdf5_restore(kw_hdf5_printing printing) { H5Eset_auto2(H5E_DEFAULT, printing.function, printing.data); }

/* Entry 0 of an upward walk is where the error arose. */
static herr_t innermost(unsigned n, const H5E_error2_t *error, void *context) {
    if (n == 0) snprintf(context, KW_MESSAGE_BYTES, "%s", error->desc ? error->desc : "");
    return 0;
}

kw_status kw_hdf5_fail(const char *verb, const char *object, const char *path) {
    char reason[KW_MESSAGE_BYTES] = "";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, reason);
    /* "file write failed: time = ..., errno = 28, error message = 'No space left on device', buf = ..." */
    const char *text = reason, *mark = "error message = '", *found = strstr(reason, mark);
    if (found) {
        text = found + strlen(mark);
        char *end = strchr(reason + (text - reason), '\'');
        if (end) *end = 0;
    }
    return kw_fail(KW_E_IO, "cannot %s %s%s%s: %s", verb, object, *object ? " in " : "", path,
                   *text ? text : "HDF5 gives no reason");
}

/* ---- disk space ---- */

static kw_status reserve_local(kw_sealed *file, uint64_t bytes) {
    hsize_t size = 0;
    /* The POSIX driver knows how far it will write; MPI-IO does not before it closes. */
    if (kw_comm_size(file->comm) > 1 || H5Fget_filesize(file->file, &size) < 0) size = file->counted;
    file->counted += bytes + CALL_BYTES;
    uint64_t need = (uint64_t)size + bytes + METADATA_BYTES;
    if (need <= file->reserved) return KW_OK;
    int error = 0;
    if (fallocate(file->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)need)) error = errno;
    if (error == EOPNOTSUPP || error == ENOSYS || error == EINVAL) { /* the file system cannot promise: ask what is free */
        struct statvfs disk;
        error = 0;
        if (!fstatvfs(file->fd, &disk) && disk.f_blocks && (uint64_t)disk.f_bavail * disk.f_frsize < need - (uint64_t)size)
            error = ENOSPC;
    }
    if (error)
        return kw_fail(KW_E_IO, "cannot write %s: %s (%" PRIu64 " bytes needed)", file->temporary, strerror(error), need);
    file->reserved = need;
    return KW_OK;
}

kw_status kw_sealed_reserve(kw_sealed *file, uint64_t bytes) {
    kw_hdf5_printing printing = kw_hdf5_silence();
    kw_status status = kw_comm_rank(file->comm) == 0 ? reserve_local(file, bytes) : KW_OK;
    kw_hdf5_restore(printing);
    return kw_comm_agree(file->comm, status);
}

/* ---- create, open ---- */

/* File access: POSIX for one process, MPI-IO for several.  HDF5 wants the alignment to divide the user block.  No sieve
 * buffer: a write that fails shall fail at once, not when the dataset is closed. */
static hid_t access_list(kw_comm *comm) {
    hid_t access = kw_comm_size(comm) == 1  ? H5Pcreate(H5P_FILE_ACCESS)
                   : comm->ops->file_access ? (hid_t)comm->ops->file_access(comm)
                                            : H5I_INVALID_HID;
    if (access < 0) return access;
    if (H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) < 0 || H5Pset_alignment(access, META_BLOCK, KW_USER_BLOCK_BYTES) < 0
        || H5Pset_meta_block_size(access, META_BLOCK) < 0 || H5Pset_sieve_buf_size(access, 0) < 0) {
        H5Pclose(access);
        return H5I_INVALID_HID;
    }
    return access;
}

static void free_handle(kw_sealed **file) {
    if (!*file) return;
    if ((*file)->fd >= 0) close((*file)->fd);
    for (int i = 0; i < (*file)->n_slabs; ++i) free((*file)->slabs[i].checksums);
    free((*file)->path);
    free((*file)->temporary);
    free(*file);
    *file = NULL;
}

static kw_status make_handle(kw_comm *comm, const char *path, bool writing, kw_sealed **out) {
    kw_sealed *file = calloc(1, sizeof *file);
    if (file) {
        file->comm = comm;
        file->fd = -1;
        file->file = H5I_INVALID_HID;
        file->path = strdup(path);
        file->temporary = writing ? malloc(strlen(path) + sizeof ".tmp") : NULL;
        if (file->temporary) sprintf(file->temporary, "%s.tmp", path);
    }
    kw_status status = KW_OK;
    if (!file || !file->path || (writing && !file->temporary)) status = kw_fail(KW_E_NOMEM, "no memory to open %s", path);
    status = kw_comm_agree(comm, status);
    if (status != KW_OK) free_handle(&file);
    *out = file;
    return status;
}

static kw_status open_hdf5(kw_sealed *file) {
    kw_hdf5_printing printing = kw_hdf5_silence();
    kw_status status = KW_OK;
    const char *path = file->temporary ? file->temporary : file->path;
    hid_t access = access_list(file->comm);
    hid_t creation = file->temporary ? H5Pcreate(H5P_FILE_CREATE) : H5P_DEFAULT;
    if (access < 0 || creation < 0 || (file->temporary && H5Pset_userblock(creation, KW_USER_BLOCK_BYTES) < 0))
        status =
            kw_fail(KW_E_IO, "cannot open %s: HDF5 cannot reach files from these %d ranks", path, kw_comm_size(file->comm));
    status = kw_comm_agree(file->comm, status);
    if (status == KW_OK) {
        file->file =
            file->temporary ? H5Fcreate(path, H5F_ACC_TRUNC, creation, access) : H5Fopen(path, H5F_ACC_RDONLY, access);
        if (file->file < 0) status = kw_hdf5_fail(file->temporary ? "create" : "open", "", path);
        status = kw_comm_agree(file->comm, status);
    }
    if (access >= 0) H5Pclose(access);
    if (creation > 0) H5Pclose(creation);
    kw_hdf5_restore(printing);
    return status;
}

static kw_status flush_hdf5(kw_sealed *file) {
    kw_hdf5_printing printing = kw_hdf5_silence();
    kw_status status = KW_OK;
    if (H5Fflush(file->file, H5F_SCOPE_LOCAL) < 0) status = kw_hdf5_fail("write", "", file->temporary);
    kw_hdf5_restore(printing);
    return status;
}

/* `report` false: the message of an earlier failure stays. */
static kw_status close_hdf5(kw_sealed *file, bool report) {
    if (file->file < 0) return KW_OK;
    kw_hdf5_printing printing = kw_hdf5_silence();
    kw_status status = KW_OK;
    if (H5Fclose(file->file) < 0 && report)
        status = kw_hdf5_fail("close", "", file->temporary ? file->temporary : file->path);
    file->file = H5I_INVALID_HID;
    kw_hdf5_restore(printing);
    return status;
}

/* Removes the temporary file and frees the handle.  The file is emptied first: HDF5 crashes at exit if it cannot write its
 * metadata out when it closes, and this makes room for it on a full disk. */
static void abandon(kw_sealed **file) {
    const bool first = kw_comm_rank((*file)->comm) == 0;
    if (first && (*file)->fd >= 0 && ftruncate((*file)->fd, 0)) errno = 0; /* no room made: nothing more to be done */
    kw_comm_agree((*file)->comm, KW_OK);
    close_hdf5(*file, false);
    kw_comm_agree((*file)->comm, KW_OK); /* nobody holds it open any more */
    if (first && (*file)->fd >= 0) unlink((*file)->temporary);
    kw_comm_agree((*file)->comm, KW_OK); /* and nobody finds it again */
    free_handle(file);
}

kw_status kw_sealed_create(kw_comm *comm, const char *path, kw_sealed **out) {
    kw_sealed *file;
    kw_status status = make_handle(comm, path, true, &file);
    if (status != KW_OK) return status;
    if (kw_comm_rank(comm) == 0) {
        file->fd = open(file->temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (file->fd < 0) status = kw_fail(KW_E_IO, "cannot create %s: %s", file->temporary, strerror(errno));
    }
    status = kw_comm_agree(comm, status);
    if (status == KW_OK && file->fd < 0) {
        file->fd = open(file->temporary, O_RDWR | O_CLOEXEC);
        if (file->fd < 0)
            status = kw_fail(KW_E_IO, "rank %d cannot open %s, which rank 0 made: %s: is it on a shared file system?",
                             kw_comm_rank(comm), file->temporary, strerror(errno));
    }
    status = kw_comm_agree(comm, status);
    if (status == KW_OK) status = open_hdf5(file);
    if (status == KW_OK) status = kw_sealed_reserve(file, 0);
    if (status == KW_OK) *out = file;
    else abandon(&file);
    return status;
}

static kw_status open_sealed(kw_comm *comm, const char *path, bool verify, kw_sealed **out) {
    kw_sealed *file;
    kw_status status = make_handle(comm, path, false, &file);
    if (status != KW_OK) return status;
    if (verify) status = kw_seal_check(comm, path);
    if (status == KW_OK) status = open_hdf5(file);
    if (status == KW_OK) *out = file;
    else kw_sealed_close(&file);
    return status;
}

kw_status kw_sealed_open(kw_comm *comm, const char *path, kw_sealed **out) { return open_sealed(comm, path, true, out); }
kw_status kw_sealed_reopen(kw_comm *comm, const char *path, kw_sealed **out) { return open_sealed(comm, path, false, out); }

void kw_sealed_close(kw_sealed **file) {
    if (!file || !*file) return;
    if ((*file)->temporary) {
        abandon(file);
    } else {
        close_hdf5(*file, false);
        free_handle(file);
    }
}

/* ---- commit ---- */

static kw_status sync_directory(const char *path) {
    char *copy = strdup(path);
    if (!copy) return kw_fail(KW_E_NOMEM, "no memory to close %s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    kw_status status = KW_OK;
    /* EINVAL: a file system whose directories need no flushing */
    if (fd < 0 || (fsync(fd) && errno != EINVAL))
        status = kw_fail(KW_E_IO, "cannot flush the directory of %s: %s", path, strerror(errno));
    if (fd >= 0) close(fd);
    free(copy);
    return status;
}

/* To the disk, and out of the cache, so that what is read back comes from there. */
static kw_status flush_to_disk(const kw_sealed *file) {
    struct stat info;
    /* gives reserved space beyond the end back */
    if (kw_comm_rank(file->comm) == 0 && (fstat(file->fd, &info) || ftruncate(file->fd, info.st_size)))
        return kw_fail(KW_E_IO, "cannot truncate %s: %s", file->temporary, strerror(errno));
    if (fsync(file->fd)) return kw_fail(KW_E_IO, "cannot flush %s to disk: %s", file->temporary, strerror(errno));
    (void)posix_fadvise(file->fd, 0, 0, POSIX_FADV_DONTNEED);
    return KW_OK;
}

static kw_status rename_file(const kw_sealed *file) {
    if (rename(file->temporary, file->path))
        return kw_fail(KW_E_IO, "cannot rename %s to %s: %s", file->temporary, file->path, strerror(errno));
    return sync_directory(file->path);
}

kw_status kw_sealed_commit(kw_sealed **handle, kw_status status) {
    kw_sealed *file = *handle;
    kw_comm *comm = file->comm;
    status = kw_comm_agree(comm, status > file->failed ? status : file->failed);
    if (status == KW_OK) status = kw_sealed_reserve(file, 0);
    if (status == KW_OK) status = kw_comm_agree(comm, flush_hdf5(file));
    if (status == KW_OK) status = kw_comm_agree(comm, close_hdf5(file, true));
    if (status == KW_OK) status = kw_comm_agree(comm, flush_to_disk(file));
    for (int i = 0; i < file->n_slabs && status == KW_OK; ++i)
        status = kw_comm_agree(comm, kw_slab_check(&file->slabs[i], file->fd, file->temporary));
    if (status == KW_OK) status = kw_seal_write(comm, file->fd, file->temporary);
    if (status == KW_OK) status = kw_comm_agree(comm, kw_comm_rank(comm) == 0 ? rename_file(file) : KW_OK);
    if (status == KW_OK) {
        free_handle(handle);
    } else {
        abandon(handle);
    }
    return status;
}
