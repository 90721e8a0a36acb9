// Superdense coding of all four messages 0, 1, 2, 3 on four pairs: d c b a = 11 10 01 00.
OPENQASM 2.0;
include "qelib1.inc";
gate pair a,b { h a; cx a,b; }
gate unpair a,b { cx a,b; h a; }
qreg q[2];
qreg r[2];
qreg s[2];
qreg t[2];
creg a[2];
creg b[2];
creg c[2];
creg d[2];
pair q[0],q[1]; pair r[0],r[1]; pair s[0],s[1]; pair t[0],t[1];
z r[0];
x s[0];
x t[0]; z t[0];
unpair q[0],q[1]; unpair r[0],r[1]; unpair s[0],s[1]; unpair t[0],t[1];
measure q -> a;
measure r -> b;
measure s -> c;
measure t -> d;
