// The same adder on 2 bits with a = 0, 1, 2, 3 at once and b = 3: (total, a) = (3,0), (4,1), (5,2), (6,3), 1/4 each.
OPENQASM 2.0;
include "qelib1.inc";
gate carry c,a,b,d { ccx a,b,d; cx a,b; ccx c,b,d; }
gate carry_back c,a,b,d { ccx c,b,d; cx a,b; ccx a,b,d; }
gate sum c,a,b { cx a,b; cx c,b; }

qreg c[2];
qreg a[2];
qreg b[3];
creg first[2];
creg total[3];
h a;
x b[0]; x b[1];
carry c[0],a[0],b[0],c[1];
carry c[1],a[1],b[1],b[2];
cx a[1],b[1];
sum c[1],a[1],b[1];
carry_back c[0],a[0],b[0],c[1];
sum c[0],a[0],b[0];
measure a -> first;
measure b -> total;
