// Ripple-carry adder of Vedral, Barenco and Ekert on 3 bits: a = 5, b = 6; b becomes 11 = 1011, a stays 101.
OPENQASM 2.0;
include "qelib1.inc";
gate carry c,a,b,d { ccx a,b,d; cx a,b; ccx c,b,d; }
gate carry_back c,a,b,d { ccx c,b,d; cx a,b; ccx a,b,d; }
gate sum c,a,b { cx a,b; cx c,b; }

qreg c[3];
qreg a[3];
qreg b[4];
creg first[3];
creg total[4];
x a[0]; x a[2];
x b[1]; x b[2];
carry c[0],a[0],b[0],c[1];
carry c[1],a[1],b[1],c[2];
carry c[2],a[2],b[2],b[3];
cx a[2],b[2];
sum c[2],a[2],b[2];
carry_back c[1],a[1],b[1],c[2];
sum c[1],a[1],b[1];
carry_back c[0],a[0],b[0],c[1];
sum c[0],a[0],b[0];
measure a -> first;
measure b -> total;
