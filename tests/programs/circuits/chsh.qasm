// A Bell pair measured along axes pi/4 apart: Z0 Z1 = 1 / sqrt 2.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
h q[0];
cx q[0],q[1];
ry(-pi/4) q[1];
