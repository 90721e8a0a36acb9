/* F2  Substreams of KW_STREAM_STATES: substreams 0, 1, ... belong to the members of an ensemble, those here to the rest. */
#ifndef KW_SUBSTREAM_H
#define KW_SUBSTREAM_H

#define KW_SUBSTREAM_PARAMETER ((uint64_t)1 << 32) /* the members' angles, phases, couplings */
#define KW_SUBSTREAM_SCRAMBLE  ((uint64_t)2 << 32) /* the random circuit */
#define KW_SUBSTREAM_LANCZOS   ((uint64_t)3 << 32) /* start vectors */
#define KW_SUBSTREAM_PRODUCT   ((uint64_t)4 << 32) /* start vectors of mean fields */

#endif
