// A condition on a register of 33 bits, beyond the reach of 32: bit 32 alone is set, so the value is 2^32; out = 1.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg c[33];
creg out[1];
x q[0];
measure q[0] -> c[32];
if (c == 4294967296) x q[1];
if (c == 0) x q[1];
measure q[1] -> out[0];
