// GHZ state of 4 qubits: 0000 and 1111 with 1/2; Z0 Z3 = 1, X0 X1 X2 X3 = 1, Y0 Y1 X2 X3 = -1, Z0 = 0.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[4];
creg c[4];
h q[0];
cx q[0],q[1];
cx q[1],q[2];
cx q[2],q[3];
measure q -> c;
