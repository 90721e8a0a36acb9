/* F2  Shapes of digits, as the pen goes. */
#ifndef KW_DIGIT_SHAPES_H
#define KW_DIGIT_SHAPES_H

#include <stdint.h>

/* In hundredths of the digit's height, from its centre: x to the right, y down. */
typedef struct {
    int8_t x, y;
} kw_pen;

#define KW_PEN_UP 127 /* x of an entry that ends a stroke: the pen goes to the next point without drawing */

/* A smooth curve runs through the points of each stroke; a corner is where one stroke ends and another begins. */
typedef struct {
    int count; /* entries of `path`, those that lift the pen among them */
    const kw_pen *path;
} kw_digit_shape;

enum { KW_SHAPES_PER_DIGIT = 3 };

extern const kw_digit_shape kw_digit_shapes[10][KW_SHAPES_PER_DIGIT];

#endif
