// Gate names in upper case, as some tools write them: 1011.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[4];
creg c[4];
H q[0];
Z q[0];
H q[0];
CX q[0],q[1];
Cx q[1],q[2];
CCX q[0],q[1],q[2];
SWAP q[2],q[3];
U(pi,0,pi) q[3];
measure q -> c;
