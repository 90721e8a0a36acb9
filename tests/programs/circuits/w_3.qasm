// W state of 3 qubits: 001, 010 and 100 with 1/3; amplitudes 1/sqrt 3.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[3];
creg c[3];
u3(2*0.95531661812450927816,0,0) q[0];
ch q[0],q[1];
cx q[1],q[2];
cx q[0],q[1];
x q[0];
measure q -> c;
