// Truth table of the Fredkin gate, qubit 1 for the inputs 0 to 7: 11100100.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[3];
creg c[8];
reset q; cswap q[0],q[1],q[2]; measure q[1] -> c[0];
reset q; x q[0]; cswap q[0],q[1],q[2]; measure q[1] -> c[1];
reset q; x q[1]; cswap q[0],q[1],q[2]; measure q[1] -> c[2];
reset q; x q[0]; x q[1]; cswap q[0],q[1],q[2]; measure q[1] -> c[3];
reset q; x q[2]; cswap q[0],q[1],q[2]; measure q[1] -> c[4];
reset q; x q[0]; x q[2]; cswap q[0],q[1],q[2]; measure q[1] -> c[5];
reset q; x q[1]; x q[2]; cswap q[0],q[1],q[2]; measure q[1] -> c[6];
reset q; x q[0]; x q[1]; x q[2]; cswap q[0],q[1],q[2]; measure q[1] -> c[7];
