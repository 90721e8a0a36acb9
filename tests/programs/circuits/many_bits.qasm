// 80 classical bits, more than a word has: bits 0 and 79 are 1, bit 39 is uniform, all others are 0.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[3];
creg low[40];
creg high[40];
x q[0];
h q[1];
measure q[0] -> low[0];
measure q[0] -> high[39];
measure q[1] -> low[39];
measure q[2] -> high[1];
