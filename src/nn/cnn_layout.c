/* F2  Layers in words -> shapes, places of the weights, places of the activations. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "nn/cnn_internal.h"

enum { MOST_OUTPUTS = 1 << 16, WORD_BYTES = 64 };

static kw_status bad_layer(int number, const char *word, const char *what) {
    return kw_fail(KW_E_INPUT, "cnn.layers: layer %d, \"%s\": %s", number, word, what);
}

static kw_status bad_words(int number, const char *word) {
    return bad_layer(number, word, "expected \"conv OUT KERNEL [pad PIXELS]\", \"pool SIZE\", \"dense OUT\" or \"relu\"");
}

/* Behind the last layer, whose output becomes the next tensor. */
static kw_status add_layer(kw_cnn *cnn, kw_layer layer, int outputs, const char *word) {
    const int number = cnn->n_layers + 1;
    if (cnn->n_layers == KW_CNN_LAYERS) return bad_layer(number, word, "too many layers");
    const kw_tensor in = cnn->tensor[cnn->n_layers];
    kw_tensor out = {.channels = outputs, .height = 1, .width = 1};
    if (layer.kind == KW_LAYER_CONV) {
        out.height = in.height + 2 * layer.pad - layer.kernel + 1;
        out.width = in.width + 2 * layer.pad - layer.kernel + 1;
    }
    if (layer.kind == KW_LAYER_POOL)
        out = (kw_tensor){.channels = in.channels, .height = in.height / layer.kernel, .width = in.width / layer.kernel};
    if (out.height < 1 || out.width < 1) return bad_layer(number, word, "nothing is left of the image");
    if (cnn->n_layers && layer.kind != KW_LAYER_DENSE && cnn->layer[cnn->n_layers - 1].kind == KW_LAYER_DENSE)
        return bad_layer(number, word, "an image is needed, not the outputs of a dense layer");
    cnn->layer[cnn->n_layers++] = layer;
    cnn->tensor[cnn->n_layers] = out;
    return KW_OK;
}

static kw_status parse_layer(kw_cnn *cnn, const char *word) {
    kw_layer layer = {0};
    int outputs = 0, end = 0;
    const int number = cnn->n_layers + 1, length = (int)strlen(word);
    if (!strcmp(word, "relu")) {
        if (!cnn->n_layers) return bad_layer(number, word, "relu follows another layer");
        cnn->layer[cnn->n_layers - 1].relu = true;
        return KW_OK;
    }
    if (sscanf(word, "conv %9d %9d%n", &outputs, &layer.kernel, &end) == 2 && end) {
        layer.kind = KW_LAYER_CONV;
        if (end < length && (sscanf(word + end, " pad %9d%n", &layer.pad, &outputs) != 1 || end + outputs != length))
            return bad_words(number, word);
        sscanf(word, "conv %9d", &outputs);
    } else if (sscanf(word, "pool %9d%n", &layer.kernel, &end) == 1 && end == length) {
        layer.kind = KW_LAYER_POOL;
        outputs = 1;
    } else if (sscanf(word, "dense %9d%n", &outputs, &end) == 1 && end == length) {
        layer.kind = KW_LAYER_DENSE;
        layer.kernel = 1;
    } else return bad_words(number, word);
    if (outputs < 1 || outputs > MOST_OUTPUTS || layer.kernel < 1 || layer.kernel > 1024 || layer.pad < 0
        || layer.pad >= layer.kernel)
        return bad_layer(number, word, "a size is out of range (padding: less than the kernel)");
    return add_layer(cnn, layer, outputs, word);
}

static kw_status parse(kw_cnn *cnn, const char *layers) {
    kw_status status = KW_OK;
    while (*layers && status == KW_OK) {
        char word[WORD_BYTES];
        layers += strspn(layers, ", \t");
        size_t length = strcspn(layers, ",");
        snprintf(word, sizeof word, "%.*s", (int)length, layers);
        if (length >= sizeof word) return bad_words(cnn->n_layers + 1, word);
        layers += length;
        for (length = strlen(word); length && (word[length - 1] == ' ' || word[length - 1] == '\t');) word[--length] = '\0';
        if (*word) status = parse_layer(cnn, word);
    }
    return status;
}

static kw_grid place(kw_cnn *cnn, const kw_tensor *t, int around) {
    const size_t edge = 2 * (size_t)around, row = (size_t)t->width + edge, plane = row * ((size_t)t->height + edge);
    const kw_grid grid = {cnn->pixels + (size_t)around * (row + 1), row, plane};
    cnn->pixels += plane * (size_t)t->channels;
    return grid;
}

static void place_weights(kw_cnn *cnn, int l) {
    kw_layer *layer = &cnn->layer[l];
    const kw_tensor *in = &cnn->tensor[l], *out = in + 1;
    if (layer->kind == KW_LAYER_POOL) return;
    const size_t inputs = layer->kind == KW_LAYER_CONV ? (size_t)in->channels * (size_t)layer->kernel * (size_t)layer->kernel
                                                       : (size_t)in->channels * (size_t)in->height * (size_t)in->width;
    layer->weights = cnn->n_weights;
    layer->biases = layer->weights + inputs * (size_t)out->channels;
    cnn->n_weights = layer->biases + (size_t)out->channels;
}

/* Rows and columns that pooling cuts off are not computed in the first place, unless a convolution before would have to
 * leave out some of its padding. */
static void trim(kw_cnn *cnn) {
    bool may[KW_CNN_LAYERS + 1] = {true}; /* the image is not trimmed, but nothing goes back to it */
    for (int l = 1; l <= cnn->n_layers; ++l) {
        const kw_layer *from = &cnn->layer[l - 1];
        may[l] = from->kind == KW_LAYER_POOL || (from->kind == KW_LAYER_CONV && !from->pad && may[l - 1]);
    }
    for (int l = cnn->n_layers - 1; l > 0; --l) {
        const kw_layer *layer = &cnn->layer[l];
        kw_tensor *in = &cnn->tensor[l];
        const kw_tensor *out = in + 1;
        if (layer->kind == KW_LAYER_DENSE || layer->pad || !may[l]) continue;
        const bool pool = layer->kind == KW_LAYER_POOL;
        in->height = pool ? out->height * layer->kernel : out->height + layer->kernel - 1;
        in->width = pool ? out->width * layer->kernel : out->width + layer->kernel - 1;
    }
}

kw_status kw_cnn_lay_out(kw_cnn *cnn, const char *layers, int classes) {
    const kw_status status = parse(cnn, layers);
    if (status != KW_OK) return status;
    const kw_layer *last = &cnn->layer[cnn->n_layers ? cnn->n_layers - 1 : 0];
    if (!cnn->n_layers || last->kind != KW_LAYER_DENSE || last->relu || cnn->tensor[cnn->n_layers].channels != classes)
        return kw_fail(KW_E_INPUT, "cnn.layers: the last layer must be \"dense %d\": one output per class, without relu",
                       classes);
    trim(cnn);
    for (int l = 0; l <= cnn->n_layers; ++l) {
        kw_tensor *t = &cnn->tensor[l];
        t->value = place(cnn, t, l < cnn->n_layers ? cnn->layer[l].pad : 0);
        if (l) t->gradient = place(cnn, t, cnn->layer[l - 1].kind == KW_LAYER_CONV ? cnn->layer[l - 1].kernel - 1 : 0);
        if (l < cnn->n_layers) place_weights(cnn, l);
    }
    return KW_OK;
}
