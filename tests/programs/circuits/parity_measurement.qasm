// The parity of |++> measured by an ancilla and corrected: a Bell pair, Z0 Z1 = X0 X1 = 1 in every shot.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
qreg a[1];
creg p[1];
h q;
cx q[0],a[0];
cx q[1],a[0];
measure a -> p;
if (p == 1) x q[1];
