/* F3  What this machine's disk gives, as checkpoints use it. */
#ifndef KW_DISK_H
#define KW_DISK_H

/** Bytes per second of writing a nameless file of 64 MiB in `dir`, flushing it, reading it back and digesting it; 0: the
 *  directory does not let us.  Takes as long as that takes.                                                     @local */
double kw_disk_measure(const char *dir);

#endif
