/* F2  Drawn digits: a pen path, bent and placed at random, then every pixel's distance from it. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/rng.h"
#include "data/digit_shapes.h"
#include "data/images.h"

enum {
    SIDE = 28,
    PIXELS = SIDE * SIDE,
    CLASSES = 10,
    PIECES = 4, /* straight pieces between two points of a shape */
    WAVES = 2,
    NOISE_LANES = 4 /* pixels served by 64 random bits */
};
#define REACH 2.5F  /* pixels: farther from the pen there is no ink */
#define UNIT  0.01F /* of a shape: part of its height */
#define EDGE  1.2F  /* pixels over which ink fades */

/* Indices of the random numbers of one image. */
enum {
    DRAW_LABEL,
    DRAW_SHAPE,
    DRAW_TURN,
    DRAW_SLANT,
    DRAW_WIDTH,
    DRAW_HEIGHT,
    DRAW_RIGHT,
    DRAW_DOWN,
    DRAW_PEN,
    DRAW_INK,
    DRAW_LEVEL,
    DRAW_WAVES, /* 4 per wave: direction, wave number, phase, strength; those that move x, then those that move y */
    DRAW_NOISE = DRAW_WAVES + 8 * WAVES
};

typedef struct {
    float x, y;
} point;

typedef struct {
    float along_x, along_y, phase, strength;
} wave;

/* From the shape's units to pixels: waves bend it, the matrix turns and stretches, the shift moves. */
typedef struct {
    wave waves[2][WAVES];
    float matrix[2][2], shift[2];
    float radius, ink, noise; /* of the pen [pixels]; darkest value and deviation of the noise [0..255] */
} hand;

static float clamp(float value, float high) { return value < 0 ? 0 : value > high ? high : value; }

static float between(const kw_rng *rng, uint64_t index, double least, double most) {
    return (float)(least + (most - least) * kw_rng_uniform(rng, index));
}

static hand make_hand(const kw_rng *rng) {
    const float turn = between(rng, DRAW_TURN, -0.26, 0.26), slant = between(rng, DRAW_SLANT, -0.15, 0.4);
    const float width = between(rng, DRAW_WIDTH, 13, 22), height = between(rng, DRAW_HEIGHT, 16, 21);
    const float c = cosf(turn), s = sinf(turn);
    hand h = {.matrix = {{c * width, -c * slant * width - s * height}, {s * width, -s * slant * width + c * height}},
              .shift = {between(rng, DRAW_RIGHT, 11, 16), between(rng, DRAW_DOWN, 11.5, 15.5)},
              .radius = between(rng, DRAW_PEN, 0.6, 1.8),
              .ink = clamp(between(rng, DRAW_INK, 170, 270), 255),
              .noise = between(rng, DRAW_LEVEL, 0, 24)};
    uint64_t draw = DRAW_WAVES;
    for (int axis = 0; axis < 2; ++axis)
        for (int w = 0; w < WAVES; ++w, draw += 4) {
            const float direction = between(rng, draw, 0, 2 * M_PI), number = between(rng, draw + 1, 3, 8);
            h.waves[axis][w] = (wave){number * cosf(direction), number * sinf(direction),
                                      between(rng, draw + 2, 0, 2 * M_PI), between(rng, draw + 3, 0, 0.09)};
        }
    return h;
}

static point place(const hand *h, float x, float y) {
    float bent[2] = {x, y};
    for (int axis = 0; axis < 2; ++axis)
        for (int w = 0; w < WAVES; ++w) {
            const wave *v = &h->waves[axis][w];
            bent[axis] += v->strength * sinf(v->along_x * x + v->along_y * y + v->phase);
        }
    return (point){h->matrix[0][0] * bent[0] + h->matrix[0][1] * bent[1] + h->shift[0],
                   h->matrix[1][0] * bent[0] + h->matrix[1][1] * bent[1] + h->shift[1]};
}

/* Catmull-Rom: from b (t = 0) to c (t = 1), with slope (c - a)/2 in b and (d - b)/2 in c. */
static float curve(float a, float b, float c, float d, float t) {
    return b + 0.5F * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

/* First and last pixel, of a row or a column, within reach of a piece from a to b. */
static int first_pixel(float a, float b) { return (int)clamp((a < b ? a : b) - REACH, SIDE - 1); }
static int last_pixel(float a, float b) { return (int)clamp((a < b ? b : a) + REACH + 1, SIDE - 1); }

/* nearest (SIDE, SIDE): squared distance from the path so far, at most REACH^2 */
static void draw_piece(point from, point to, float *nearest) {
    const float dx = to.x - from.x, dy = to.y - from.y, squared = dx * dx + dy * dy + 1e-12F;
    const int left = first_pixel(from.x, to.x), right = last_pixel(from.x, to.x), bottom = last_pixel(from.y, to.y);
    for (int y = first_pixel(from.y, to.y); y <= bottom; ++y)
        for (int x = left; x <= right; ++x) {
            const float px = (float)x - from.x, py = (float)y - from.y;
            const float t = clamp((px * dx + py * dy) / squared, 1);
            const float ex = px - t * dx, ey = py - t * dy, distance = ex * ex + ey * ey;
            if (distance < nearest[y * SIDE + x]) nearest[y * SIDE + x] = distance;
        }
}

static void draw_stroke(const hand *h, const kw_pen *path, int count, float *nearest) {
    point last = place(h, UNIT * path[0].x, UNIT * path[0].y);
    for (int i = 0; i + 1 < count; ++i) {
        const kw_pen a = path[i > 0 ? i - 1 : i], b = path[i], c = path[i + 1], d = path[i + 2 < count ? i + 2 : i + 1];
        for (int piece = 1; piece <= PIECES; ++piece) {
            const float t = (float)piece / PIECES;
            const point next = place(h, UNIT * curve(a.x, b.x, c.x, d.x, t), UNIT * curve(a.y, b.y, c.y, d.y, t));
            draw_piece(last, next, nearest);
            last = next;
        }
    }
}

static void draw_shape(const hand *h, const kw_digit_shape *shape, float *nearest) {
    for (int begin = 0, end; begin < shape->count; begin = end + 1) {
        for (end = begin; end < shape->count && shape->path[end].x != KW_PEN_UP;) ++end;
        draw_stroke(h, shape->path + begin, end - begin, nearest);
    }
}

/* The sum of two bytes less its mean has a deviation of 104.5. */
static float noise(uint64_t bits, int lane) {
    const unsigned pair = (unsigned)(bits >> (16 * lane)) & 0xffff;
    return ((float)((pair & 0xff) + (pair >> 8)) - 255) / 104.5F;
}

static void develop(const hand *h, const kw_rng *rng, const float *nearest, uint8_t *pixels) {
    for (int p = 0; p < PIXELS; p += NOISE_LANES) {
        const uint64_t bits = kw_rng_bits(rng, DRAW_NOISE + (uint64_t)p / NOISE_LANES);
        for (int lane = 0; lane < NOISE_LANES; ++lane) {
            const float cover = clamp(0.5F + (h->radius - sqrtf(nearest[p + lane])) / EDGE, 1);
            pixels[p + lane] = (uint8_t)(clamp(h->ink * cover + h->noise * noise(bits, lane), 255) + 0.5F);
        }
    }
}

static uint64_t choose(const kw_rng *rng, uint64_t index, int choices) {
    return (uint64_t)(kw_rng_uniform(rng, index) * choices);
}

static void draw_image(uint64_t seed, uint64_t index, uint8_t *pixels, uint8_t *label) {
    const kw_rng rng = kw_rng_make(seed, KW_STREAM_IMAGES, index);
    const hand h = make_hand(&rng);
    const uint64_t digit = choose(&rng, DRAW_LABEL, CLASSES), shape = choose(&rng, DRAW_SHAPE, KW_SHAPES_PER_DIGIT);
    float nearest[PIXELS];
    for (int p = 0; p < PIXELS; ++p) nearest[p] = REACH * REACH;
    draw_shape(&h, &kw_digit_shapes[digit][shape], nearest);
    develop(&h, &rng, nearest, pixels);
    *label = (uint8_t)digit;
}

kw_status kw_images_digits(size_t count, uint64_t seed, uint64_t first, kw_images *out) {
    const uint64_t end = (uint64_t)1 << 56;
    if (!count || count > end || first > end - count)
        return kw_fail(KW_E_ARG, "digits %llu to %llu + %zu: expected at least one, and all below 2^56",
                       (unsigned long long)first, (unsigned long long)first, count);
    kw_images images = {.channels = 1, .height = SIDE, .width = SIDE, .classes = CLASSES, .count = count};
    images.pixels = count <= SIZE_MAX / PIXELS ? malloc(count * PIXELS) : NULL;
    images.labels = malloc(count);
    if (!images.pixels || !images.labels) {
        kw_images_free(&images);
        return kw_fail(KW_E_NOMEM, "no memory for %zu digits", count);
    }
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < count; ++i) draw_image(seed, first + i, images.pixels + i * PIXELS, images.labels + i);
    *out = images;
    return KW_OK;
}
