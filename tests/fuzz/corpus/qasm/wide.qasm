OPENQASM 2.0;
qreg q[62];
creg c[70];
U(0,0,0) q;
CX q[0],q[61];
if(c==18446744073709551615) reset q;
measure q[3]->c[69];
if (c==3) measure q[1] -> c[1];