OPENQASM 2.0;
include "qelib1.inc";
qreg q[3]; creg c[2];
h q[0]; // ketwall: depolarising(0.01) q[0];
cx q[0],q[1]; // ketwall: depolarising(1/50) q[0],q[1]; amplitude_damping(0.1) q;
measure q[0] -> c[0];
// ketwall: if(c==1) dephasing(0.2) q; // why
// ketwall: readout(0.02,0.05) q[1]; bit_flip(1e-3) q[2];
measure q[1] -> c[1];
