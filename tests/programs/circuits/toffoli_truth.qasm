// Truth table of the Toffoli gate, qubit 2 for the inputs 0 to 7: 01111000.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[3];
creg c[8];
reset q; ccx q[0],q[1],q[2]; measure q[2] -> c[0];
reset q; x q[0]; ccx q[0],q[1],q[2]; measure q[2] -> c[1];
reset q; x q[1]; ccx q[0],q[1],q[2]; measure q[2] -> c[2];
reset q; x q[0]; x q[1]; ccx q[0],q[1],q[2]; measure q[2] -> c[3];
reset q; x q[2]; ccx q[0],q[1],q[2]; measure q[2] -> c[4];
reset q; x q[0]; x q[2]; ccx q[0],q[1],q[2]; measure q[2] -> c[5];
reset q; x q[1]; x q[2]; ccx q[0],q[1],q[2]; measure q[2] -> c[6];
reset q; x q[0]; x q[1]; x q[2]; ccx q[0],q[1],q[2]; measure q[2] -> c[7];
