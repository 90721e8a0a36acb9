// T by injection of a magic state: the measured bit is uniform, S corrects; undone, the other bit is 0.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg m[1];
creg out[1];
h q[0];
h q[1]; t q[1];
cx q[0],q[1];
measure q[1] -> m[0];
if (m == 1) s q[0];
tdg q[0];
h q[0];
measure q[0] -> out[0];
