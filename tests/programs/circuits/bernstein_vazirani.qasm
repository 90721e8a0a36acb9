// Bernstein-Vazirani with the secret 10110, found by one query.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[5];
qreg oracle[1];
creg c[5];
x oracle;
h oracle;
h q;
barrier q,oracle;
cx q[1],oracle[0];
cx q[2],oracle[0];
cx q[4],oracle[0];
barrier q,oracle;
h q;
measure q -> c;
