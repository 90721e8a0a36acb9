OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
rx(-3*pi/8) q[0]; rz(1.910e+00) q; ry(sin(pi/4)^2+cos(0)-tan(.5)*sqrt(2)/ln(3)) q[1]; u1(-(2^-1)) q[0]; u(exp(1),+1,2.) q[1];
