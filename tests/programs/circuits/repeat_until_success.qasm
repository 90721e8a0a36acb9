// Repeat until success, at most 4 attempts of 5/8: rz(t) with cos t = 3/5, heralded by done = 1; a failure leaves Z, which
// is undone.  rz(t) is undone too, so the other bit is 0; done with 1 - (3/8)^4.
OPENQASM 2.0;
include "qelib1.inc";
gate attempt a,b,f,t { h a; h b; ccx a,b,t; s t; ccx a,b,t; h a; h b; x a; x b; ccx a,b,f; x a; x b; }
qreg a[2];
qreg f[1];
qreg t[1];
creg done[1];
creg out[1];
h t[0];
attempt a[0],a[1],f[0],t[0];
measure f -> done;
if (done == 0) z t[0];
if (done == 0) reset a;
if (done == 0) reset f;
if (done == 0) attempt a[0],a[1],f[0],t[0];
if (done == 0) measure f -> done;
if (done == 0) z t[0];
if (done == 0) reset a;
if (done == 0) reset f;
if (done == 0) attempt a[0],a[1],f[0],t[0];
if (done == 0) measure f -> done;
if (done == 0) z t[0];
if (done == 0) reset a;
if (done == 0) reset f;
if (done == 0) attempt a[0],a[1],f[0],t[0];
if (done == 0) measure f -> done;
if (done == 0) z t[0];
if (done == 1) rz(-0.9272952180016122) t[0];
h t[0];
measure t -> out;
