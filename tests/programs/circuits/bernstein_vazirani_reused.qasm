// Bernstein-Vazirani with the secret 1101 on one data qubit, which is measured and reset for every bit.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg c[4];
x q[1]; h q[1];
h q[0]; cx q[0],q[1]; h q[0]; measure q[0] -> c[0]; reset q[0];
h q[0]; h q[0]; measure q[0] -> c[1]; reset q[0];
h q[0]; cx q[0],q[1]; h q[0]; measure q[0] -> c[2]; reset q[0];
h q[0]; cx q[0],q[1]; h q[0]; measure q[0] -> c[3];
