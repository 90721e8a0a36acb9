/* F2  Shapes of digits.  Where a digit has two, the first is the more frequent one. */
#include "data/digit_shapes.h"

#define UP                                                                                                                  \
    { KW_PEN_UP, 0 }

static const kw_pen zero_round[] = {{0, -50}, {-21, -35}, {-30, 0},  {-21, 35}, {0, 50},
                                    {21, 35}, {30, 0},    {21, -35}, {0, -50},  {-12, -45}};
static const kw_pen zero_narrow[] = {{8, -50}, {-12, -38}, {-22, 4},  {-14, 40}, {4, 50},
                                     {18, 30}, {22, -8},   {14, -40}, {-4, -46}};

static const kw_pen one_bar[] = {{0, -50}, {0, 0}, {0, 50}};
static const kw_pen one_flag[] = {{-18, -28}, {-8, -38}, {2, -50}, UP, {2, -50}, {2, 0}, {2, 50}};
static const kw_pen one_foot[] = {{-18, -30}, {-8, -40}, {0, -50},  UP,      {0, -50}, {0, 0},
                                  {0, 50},    UP,        {-20, 50}, {0, 50}, {20, 50}};

static const kw_pen two_corner[] = {{-26, -28}, {-16, -46}, {4, -50},  {22, -38}, {20, -14}, {0, 16},
                                    {-26, 48},  UP,         {-26, 48}, {0, 48},   {28, 48}};
static const kw_pen two_loop[] = {{-24, -32}, {-8, -50}, {16, -44}, {20, -20}, {4, 16}, {-16, 42},
                                  {-28, 42},  {-24, 28}, {-6, 32},  {12, 46},  {30, 42}};

static const kw_pen three_round[] = {{-24, -38}, {-6, -50}, {16, -44}, {22, -26}, {10, -8}, {-8, -4}, UP,
                                     {-8, -4},   {16, 4},   {26, 22},  {16, 44},  {-6, 50}, {-26, 38}};
static const kw_pen three_flat[] = {{-24, -48}, {0, -48}, {22, -48}, UP,       {22, -48}, {10, -28}, {-4, -8},
                                    UP,         {-4, -8}, {18, -2},  {26, 20}, {16, 42},  {-6, 50},  {-26, 40}};

static const kw_pen four_closed[] = {{10, -50}, {-10, -16}, {-30, 18}, UP,      {-30, 18}, {0, 18},
                                     {32, 18},  UP,         {10, -50}, {10, 0}, {10, 50}};
static const kw_pen four_open[] = {{-20, -48}, {-26, -20}, {-20, 0}, {0, 6}, {24, -2}, UP, {20, -50}, {18, 0}, {14, 50}};

static const kw_pen five_flat[] = {{24, -50}, {0, -50}, {-18, -50}, UP,       {-18, -50}, {-20, -28}, {-22, -6}, UP,
                                   {-22, -6}, {2, -16}, {24, -2},   {26, 24}, {8, 46},    {-12, 49},  {-28, 38}};
static const kw_pen five_curved[] = {{-14, -46}, {-16, -28}, {-18, -10}, UP, {-18, -10}, {4, -10}, {22, 8},
                                     {18, 36},   {-4, 50},   {-26, 42},  UP, {-14, -46}, {6, -44}, {26, -50}};

static const kw_pen six_curved[] = {{20, -48}, {-6, -34}, {-24, 0}, {-26, 26}, {-10, 48},
                                    {12, 46},  {24, 26},  {14, 6},  {-8, 6},   {-24, 24}};
static const kw_pen six_straight[] = {{8, -50}, {-10, -20}, {-22, 12}, {-20, 38}, {0, 50},
                                      {20, 38}, {20, 16},   {2, 6},    {-18, 20}};

static const kw_pen seven_plain[] = {{-28, -48}, {0, -48}, {28, -48}, UP, {28, -48}, {8, -4}, {-6, 50}};
static const kw_pen seven_bar[] = {{-26, -46}, {0, -48}, {26, -48}, UP,     {26, -48}, {6, 0},
                                   {-8, 50},   UP,       {-16, 2},  {4, 0}, {24, -2}};
static const kw_pen seven_hook[] = {{-26, -30}, {-24, -46}, UP,        {-24, -46}, {0, -42},
                                    {26, -48},  UP,         {26, -48}, {14, -10},  {8, 50}};

static const kw_pen eight_crossed[] = {{18, -36}, {0, -50},  {-20, -38}, {-14, -16}, {8, 0},    {24, 20}, {18, 42},
                                       {0, 50},   {-20, 42}, {-24, 20},  {-8, 0},    {14, -16}, {20, -38}};
static const kw_pen eight_rings[] = {{0, -4}, {-18, -14}, {-20, -36}, {0, -50}, {20, -36}, {18, -14}, {0, -4}, UP,
                                     {0, -4}, {-22, 8},   {-26, 32},  {0, 50},  {26, 32},  {22, 8},   {0, -4}};

static const kw_pen nine_straight[] = {{22, -30}, {12, -8},  {-8, -4},  {-24, -20}, {-18, -42},
                                       {2, -50},  {18, -42}, {22, -26}, {18, 10},   {8, 50}};
static const kw_pen nine_curved[] = {{20, -36}, {4, -50},  {-18, -42}, {-24, -20}, {-8, -4}, {14, -12}, {22, -36},
                                     UP,        {22, -40}, {26, -4},   {20, 32},   {2, 50},  {-20, 42}};

#define SHAPE(path)                                                                                                         \
    { sizeof path / sizeof *path, path }
const kw_digit_shape kw_digit_shapes[10][KW_SHAPES_PER_DIGIT] = {
    {SHAPE(zero_round), SHAPE(zero_round), SHAPE(zero_narrow)},
    {SHAPE(one_bar), SHAPE(one_flag), SHAPE(one_foot)},
    {SHAPE(two_corner), SHAPE(two_corner), SHAPE(two_loop)},
    {SHAPE(three_round), SHAPE(three_round), SHAPE(three_flat)},
    {SHAPE(four_open), SHAPE(four_open), SHAPE(four_closed)},
    {SHAPE(five_flat), SHAPE(five_flat), SHAPE(five_curved)},
    {SHAPE(six_curved), SHAPE(six_curved), SHAPE(six_straight)},
    {SHAPE(seven_plain), SHAPE(seven_bar), SHAPE(seven_hook)},
    {SHAPE(eight_crossed), SHAPE(eight_crossed), SHAPE(eight_rings)},
    {SHAPE(nine_straight), SHAPE(nine_straight), SHAPE(nine_curved)},
};
