/* F2  Labelled images: where the files of a set are, and what is known of it. */
#include "data/images.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "data/images_internal.h"

enum { PATH_BYTES = 4096, CHANNELS = 3 };

static const char *const names[] = {
#define NAME(kind, name, what) name,
    KW_IMAGES_LIST(NAME)
#undef NAME
};

static const struct {
    const char *subfolder; /* the files may also be there; "": nowhere else */
    const char *option;    /* of jobs/get-mnist.sh */
    double mean[CHANNELS], deviation[CHANNELS];
} sets[KW_IMAGES_KINDS] = {
    [KW_IMAGES_DIGITS] = {"", "", {0.1230}, {0.2534}},
    [KW_IMAGES_MNIST] = {"", "", {0.1307}, {0.3081}},
    [KW_IMAGES_FASHION] = {"", "", {0.2860}, {0.3530}},
    [KW_IMAGES_CIFAR10] = {"/cifar-10-batches-bin", "--cifar ", {0.4914, 0.4822, 0.4465}, {0.2470, 0.2435, 0.2616}},
};

/* Writes the path of a file of the set; an empty one where the file is missing. */
static kw_status find(kw_images_kind kind, const char *dir, const char *file, char path[PATH_BYTES]) {
    const char *const folders[] = {"", sets[kind].subfolder}, *const endings[] = {"", ".gz"};
    for (int place = 0; place < 4; ++place) {
        const int length =
            snprintf(path, PATH_BYTES, "%s/%s%s/%s%s", dir, names[kind], folders[place / 2], file, endings[place % 2]);
        if (length >= PATH_BYTES) return kw_fail(KW_E_INPUT, "data.dir: the path has more than %d bytes", PATH_BYTES - 1);
        if (!access(path, F_OK)) return KW_OK;
    }
    *path = '\0';
    return KW_OK;
}

static kw_status find_needed(kw_images_kind kind, const char *dir, const char *file, char path[PATH_BYTES]) {
    const kw_status status = find(kind, dir, file, path);
    if (status || *path) return status;
    const char *subfolder = sets[kind].subfolder;
    return kw_fail(KW_E_INPUT, "%s/%s: neither %s nor %s.gz is there%s%s; `jobs/get-mnist.sh %s%s` fetches them", dir,
                   names[kind], file, file, *subfolder ? " or in " : "", *subfolder ? subfolder + 1 : "", sets[kind].option,
                   dir);
}

static kw_status load_idx(kw_images_kind kind, const char *dir, bool test, kw_images *out) {
    char images[PATH_BYTES], labels[PATH_BYTES];
    kw_status status = find_needed(kind, dir, test ? "t10k-images-idx3-ubyte" : "train-images-idx3-ubyte", images);
    if (!status) status = find_needed(kind, dir, test ? "t10k-labels-idx1-ubyte" : "train-labels-idx1-ubyte", labels);
    return status ? status : kw_idx_load(images, labels, out);
}

static kw_status load_cifar(const char *dir, bool test, kw_images *out) {
    static const char *const train_files[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                                              "data_batch_5.bin"};
    const size_t batches = test ? 1 : sizeof train_files / sizeof *train_files;
    char path[PATH_BYTES];
    kw_images images = {0};
    kw_status status = find_needed(KW_IMAGES_CIFAR10, dir, test ? "test_batch.bin" : train_files[0], path);
    for (size_t b = 0; !status && *path;) {
        status = kw_cifar_append(path, &images);
        *path = '\0';
        if (!status && ++b < batches) status = find(KW_IMAGES_CIFAR10, dir, train_files[b], path);
    }
    if (status) kw_images_free(&images);
    else *out = images;
    return status;
}

kw_status kw_images_load(kw_images_kind kind, const char *dir, bool test, kw_images *out) {
    if (kind == KW_IMAGES_DIGITS) return kw_fail(KW_E_ARG, "digits are drawn, not read: use kw_images_digits");
    if (!dir || !*dir) dir = getenv("KETWALL_DATA_DIR");
    if (!dir || !*dir)
        return kw_fail(KW_E_INPUT,
                       "data.dir: empty, and so is KETWALL_DATA_DIR: expected the folder in which %s/ is; "
                       "`jobs/get-mnist.sh %sDIR` makes one",
                       names[kind], sets[kind].option);
    return kind == KW_IMAGES_CIFAR10 ? load_cifar(dir, test, out) : load_idx(kind, dir, test, out);
}

void kw_images_free(kw_images *images) {
    free(images->pixels);
    free(images->labels);
    *images = (kw_images){0};
}

void kw_images_normalisation(kw_images_kind kind, int channel, double *mean, double *deviation) {
    *mean = sets[kind].mean[channel];
    *deviation = sets[kind].deviation[channel];
}
