// Code of Shor, 9 qubits, decoded by majorities: Y on qubit 4 does no harm, the qubit comes back as it was: 0.
OPENQASM 2.0;
include "qelib1.inc";
gate triple a,b,c { cx a,b; cx a,c; }
gate majority a,b,c { cx a,b; cx a,c; ccx b,c,a; }
qreg q[9];
creg c[1];
u3(1.3,0.4,0) q[0];
triple q[0],q[3],q[6];
h q[0]; h q[3]; h q[6];
triple q[0],q[1],q[2]; triple q[3],q[4],q[5]; triple q[6],q[7],q[8];
y q[4];
majority q[0],q[1],q[2]; majority q[3],q[4],q[5]; majority q[6],q[7],q[8];
h q[0]; h q[3]; h q[6];
majority q[0],q[3],q[6];
u3(-1.3,0,-0.4) q[0];
measure q[0] -> c[0];
