/* F0  A clock that only goes forward. */
#ifndef KW_CLOCK_H
#define KW_CLOCK_H

/** Seconds since some moment in the past.                                                                       @local */
double kw_seconds(void);

#endif
