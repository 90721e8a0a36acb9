// Resets of qubits on which nothing has acted do nothing: 10.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg c[2];
reset q;
x q[1];
measure q -> c;
