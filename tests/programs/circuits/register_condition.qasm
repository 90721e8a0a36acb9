// Conditions read the whole register: it is 5, so the gates under 1, 4 and 7 do not happen: out = 001, c = 101.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[3];
qreg r[3];
creg c[3];
creg out[3];
x q[0]; x q[2];
measure q -> c;
if (c == 5) x r[0];
if (c == 1) x r[1];
if (c == 4) x r[1];
if (c == 7) x r[2];
measure r -> out;
