/* F0  Clocks that only go forward. */
#ifndef KW_CLOCK_H
#define KW_CLOCK_H

/** Seconds since some moment in the past.                                                                       @local */
double kw_seconds(void);

/** Seconds that the calling thread has computed: others who use the machine do not count.                       @local */
double kw_thread_seconds(void);

#endif
