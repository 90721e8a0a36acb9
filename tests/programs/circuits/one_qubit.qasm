// One qubit, turned by ry(2 pi / 3): 1 with 3/4.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[1];
creg c[1];
ry(2*pi/3) q[0];
measure q -> c;
