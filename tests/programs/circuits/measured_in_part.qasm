// One qubit of an entangled three measured: bits that nothing is written to are 0: 0000 and 0010
// with 1/2.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[3];
creg c[4];
h q[0];
cx q[0],q[1];
cx q[0],q[2];
measure q[2] -> c[1];
