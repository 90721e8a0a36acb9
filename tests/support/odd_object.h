/* Well-formed sealed files with something odd in them: one object after another is replaced by what Ketwall never writes
 * there, then the file is sealed again. */
#ifndef TEST_ODD_OBJECT_H
#define TEST_ODD_OBJECT_H

#include <stdbool.h>

typedef enum {
    ODD_NONE, /* the object is missing */
    ODD_INT64,
    ODD_INT8,
    ODD_DOUBLE,
    ODD_FLOAT,
    ODD_LONG_DOUBLE,
    ODD_TEXT,          /* 16 bytes */
    ODD_TEXT_HUGE,     /* declared 2^31 - 1 bytes */
    ODD_TEXT_VARIABLE, /* a pointer where it is read */
    ODD_COMPLEX,       /* {r, i} */
    ODD_COMPOUND,      /* {a, b} */
    ODD_ARRAY,         /* of 4 doubles */
    ODD_TYPES
} odd_type;

typedef enum {
    ODD_SCALAR,
    ODD_NULL,
    ODD_0,
    ODD_1,
    ODD_3,
    ODD_1000,
    ODD_2_BY_3,
    ODD_HUGE,    /* 2^40 in chunks, none of them there */
    ODD_HUGEST,  /* 2^60 in one piece that is not there */
    ODD_CHUNKED, /* 6 in chunks */
    ODD_OUTSIDE, /* 6 in another file */
    ODD_SHAPES
} odd_shape;

enum { ODD_VALUES = 8 }; /* 0, 1, -1, not finite or the least, the largest, ...; the same for every number */

typedef struct {
    const char *group, *name; /* name NULL: the dataset `group` */
} odd_place;

extern const odd_place odd_checkpoint_places[], odd_circuit_places[], odd_state_places[], odd_packed_places[];
extern const int odd_checkpoint_place_count, odd_circuit_place_count, odd_state_place_count, odd_packed_place_count;

/** Replaces the object, as an attribute where it was one, and seals the file; what cannot be made is left out.
 *  @return whether the file is sealed again */
bool odd_replace(const char *path, const odd_place *place, odd_type type, odd_shape shape, int value);

#endif
