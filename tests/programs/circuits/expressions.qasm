// Angles of all functions and operators, each half a turn: 111111.
OPENQASM 2.0;
include "qelib1.inc";
qreg q[6];
creg c[6];
rx(pi*sin(pi/2)) q[0];
rx(-cos(0)*-pi) q[1];
rx(tan(pi/4)*pi^1) q[2];
rx(exp(ln(3.14159265358979323846))) q[3];
rx(sqrt(4)*pi - 1.0e0*pi) q[4];
rx(2^3^1/8*pi + 0e-5) q[5];
measure q -> c;
