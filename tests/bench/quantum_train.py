#!/usr/bin/env python3
"""Quantum-Train in PyTorch, tuned: the opponent of the engine's training step.

    quantum_train.py seed|paper [--threads N] [--steps 200] [--data DIR] [--parts]
    quantum_train.py seed|paper --check [--threads N] [--data DIR]

A circuit of 13 qubits and a mapping model generate the weights of a small CNN for MNIST; a training step differentiates
through all three. The mathematics of op by op, in float32 and complex64, with fewer and larger operations:
  seed   8 x [RY; CNOT ladder], mapping 14-20-1 with ReLU, CNN with ReLU, 64 images. The state is real; a layer is three
         matrices on 4+4+5 qubits and one gather; the mapping computes only the rows that become weights.
  paper  16 x [U3; CU3 ring], linear mapping 14-4-20-4-1, CNN without activations, 128 images. Four CU3 and four U3 are
         fused to one matrix; the mapping is collapsed to one vector.
Timing: 20 steps to warm up, then --steps of them (zero_grad, forward, backward, clip, optimiser; images in memory, in
order), as one line of JSON. --parts: a second line, forward and backward of every part by itself. DIR holds mnist/ or
its files (default: KETWALL_DATA_DIR); without them the images are random. --check: float64 on one thread, then what is
timed, against the golden numbers; exit 1 when they disagree. Exit 77: no torch, or nothing to check with.

Golden numbers: independent op-by-op autograd in float64, PyTorch 1.13.1; start() has their parameters.
"""
import argparse
import ctypes
import functools
import gzip
import json
import math
import os
import statistics
import sys
import time

try:
    import numpy as np
    import torch
    import torch.nn.functional as F
except ImportError as missing:
    print(f"quantum_train.py: skipped: {missing}", file=sys.stderr)
    sys.exit(77)

WIRES, STATES, WARM_UP = 13, 1 << 13, 20


def cut(flat, shapes):
    """One flat vector as tensors of these shapes; the gradient comes back in one piece."""
    return [piece.view(shape) for piece, shape in zip(flat.split([math.prod(s) for s in shapes]), shapes)]


def bits(count, wires):
    """(wires, count): the bits of 0, 1, ..., most significant first."""
    return (torch.arange(count) >> torch.arange(wires - 1, -1, -1)[:, None]) & 1


def wave(function, amplitude, count):
    return amplitude * function(torch.arange(1, count + 1, dtype=torch.float64))


def network(theta, shapes, activation, x, y):
    """Cross entropy of the CNN with weights theta. ReLU after pooling: the same values and gradients for less."""
    w1, b1, w2, b2, w3, b3, w4, b4 = cut(theta, shapes)
    h = x
    for w, b in ((w1, b1), (w2, b2)):
        h = activation(F.max_pool2d(F.conv2d(h, w.contiguous(memory_format=torch.channels_last), b), 2))
    # the weights, fewer than the values, change from [channel][row][column] to [row][column][channel]
    w3 = w3.view(len(w3), len(w2), -1).transpose(1, 2).reshape(w3.shape)
    h = activation(F.linear(h.permute(0, 2, 3, 1).reshape(len(x), -1), w3, b3))
    return F.cross_entropy(F.linear(h, w4, b4), y)


class Seed:
    batch, mean, deviation, clip = 64, 0.1307, 0.3081, 10
    pixels = 26  # pooling drops the last row and column of 11x11, so nothing reads the last two of 28x28
    adam = {"lr": 5e-4}
    shapes = {"phi": (8, WIRES), "W1": (20, 14), "b1": (20,), "W2": (20,), "b2": (1,)}
    weights = [(4, 1, 3, 3), (4,), (8, 4, 3, 3), (8,), (30, 200), (30,), (10, 30), (10,)]
    losses = [64.03050002140613, 47.32802355506756, 37.486326338498, 26.385928552996234, 18.5573125643391,
              13.977416313140003, 9.518633627463496, 7.5395074912466455, 5.8003701100514355, 4.133667283952865,
              3.8340852212019465]
    norms = {"phi": 0.025503417919693867, "W1": 1809.944874007416, "b1": 1287.6647713518778, "W2": 2024.2714785976602,
             "b2": 2495.408336738233, "all": 3906.241006018889}

    def __init__(self, dtype):
        self.groups, self.rows = (4, 4, 5), 105 * 64  # as many times 64 as hold the 6,676 weights
        signs, *parts = ([torch.tensor(m, dtype=dtype) for m in ms] for ms in zip(*map(self.spectrum, self.groups)))
        self.half_signs = torch.block_diag(*signs) / 2
        self.spectra = torch.cat([torch.block_diag(*part) for part in parts])
        self.ladder = torch.arange(STATES) ^ (torch.arange(STATES) >> 1)
        self.zero = torch.eye(1, STATES, dtype=dtype)
        self.high, self.low = bits(105, 7).to(dtype), bits(64, 6).to(dtype)

    @staticmethod
    def spectrum(wires):
        """RY(a) = exp(a J / 2), J = [[0, -1], [1, 0]], has the eigenvalues e^{+-i a/2}. So a product of them is the sum
        over signs s of cos(s.a/2) C_s + sin(s.a/2) S_s, with -s counted in s. Returns s (wires, 2^(wires-1)), then C
        and S (2^(wires-1), 4^wires), every row a transposed matrix."""
        j = np.array([[0, -1], [1, 0]])
        signs = 1 - 2 * bits(1 << (wires - 1), wires).numpy()
        products = [functools.reduce(np.kron, [(np.eye(2) - 1j * s * j) / 2 for s in column]).T for column in signs.T]
        products = 2 * np.reshape(products, (len(products), -1))
        return signs, products.real, -products.imag

    def start(self):
        w1, b1, w2, b2 = wave(torch.cos, 0.3, 280), torch.zeros(20), wave(torch.cos, 0.3, 20), torch.zeros(1)
        return torch.cat([wave(torch.sin, 1, 104), w1, b1, w2, b2])

    def circuit(self, phi, *_):
        angles = phi @ self.half_signs
        matrices = torch.cat([angles.cos(), angles.sin()], 1) @ self.spectra
        matrices = matrices.split([4**wires for wires in self.groups], 1)
        psi = self.zero
        for layer in zip(*(m.view(8, 1 << wires, -1).unbind(0) for m, wires in zip(matrices, self.groups))):
            for matrix in layer:  # acts on the first wires and moves them behind the others
                psi = psi.view(len(matrix), -1).t() @ matrix
            psi = psi.view(-1).gather(0, self.ladder)
        return psi * psi

    def mapping(self, q, _, w1, b1, w2, b2):
        high, low = torch.addmm(b1[:, None], w1[:, :7], self.high), w1[:, 7:13] @ self.low
        hidden = (high[:, :, None] + low[:, None, :]).view(20, self.rows)
        hidden = torch.addmm(hidden, w1[:, 13:], q[None, :self.rows])
        return (w2 @ F.relu(hidden))[:6676] + b2

    def network(self, theta, x, y):
        return network(theta, self.weights, F.relu, x, y)


class Paper:
    batch, mean, deviation, clip, pixels = 128, 0.5, 0.5, None, 28
    adam = {"lr": 1e-4, "weight_decay": 1e-5, "eps": 1e-6}
    shapes = {"u3": (208, 3), "cu3": (208, 3), "W1": (4, 14), "b1": (4,), "W2": (20, 4), "b2": (20,), "W3": (4, 20),
              "b3": (4,), "W4": (1, 4), "b4": (1,)}
    weights = [(8, 1, 5, 5), (8,), (12, 8, 5, 5), (12,), (20, 192), (20,), (10, 20), (10,)]
    losses = [2.3371694612582146, 2.311135524119952, 2.3153656837294405, 2.3018117577896966, 2.297773135573018,
              2.3094467190955825]
    norms = {"u3": 0.009296066362666241, "cu3": 0.007827735080245875, "W1": 0.4416040017104813, "W2": 3.08717767471005,
             "W3": 2.8335943357554534, "W4": 0.5141140302181532}

    def __init__(self, dtype):
        # entry (r, c) of U3(t, f, l) is a sum of exp(i (+-t/2 + r f + c l))
        terms = [(sign, r, c) for r in (0, 1) for c in (0, 1) for sign in (1, -1)]
        self.phases = torch.tensor([(sign / 2, r, c) for sign, r, c in terms], dtype=dtype).t().contiguous()
        self.factors = torch.zeros(8, 4, dtype=torch.complex64 if dtype == torch.float32 else torch.complex128)
        for k, (sign, r, c) in enumerate(terms):
            self.factors[k, 2 * r + c] = 0.5 if r == c else 0.5j * sign * (c - r)
        # gate 13 b + k is controlled by wire k. U3 number 13 b + k + 1, on its target, comes just before the gate; just
        # after it when the gate closes the ring
        gate = torch.arange(208)
        closes = gate % WIRES == WIRES - 1
        self.left, self.right = (torch.where(c, gate + 1, gate + 209) for c in (closes, ~closes))
        signs = 2 * bits(6690, WIRES).t().to(dtype) - 1
        self.centred = signs - signs.mean(0)

    def start(self):
        stack = [wave(torch.cos, 0.3, math.prod(s)).view(-1) if len(s) == 2 else torch.zeros(s)
                 for s in list(self.shapes.values())[2:]]
        return torch.cat([wave(torch.sin, 1, 624), wave(torch.cos, 1, 624), *stack])

    def matrices(self, u3, cu3):
        """(52, 2, 16, 16): four gates in a row with the U3 of their targets, for 0 and 1 on the control of the first.
        They form a chain: an entry is a product of factors [c][o][i], where c is the o of the factor before."""
        angles = torch.cat([u3, u3.new_zeros(1, 3), cu3]) @ self.phases
        u = (torch.complex(angles.cos(), angles.sin()) @ self.factors).view(417, 2, 2)
        controlled = torch.bmm(u.index_select(0, self.left), u.index_select(0, self.right))
        one = torch.stack([u[1:209], controlled], 1).view(104, 2, 2, 2, 2)  # [pair][gate][c][o][i]
        two = one[:, 0, :, :, None, :, None] * one[:, 1, None, :, :, None]  # [pair][c][o1][o2][i1][i2]
        two = two.view(52, 2, 2, 2, 2, 4)
        left, right = two[:, 0].permute(0, 3, 1, 2, 4).reshape(104, 16, 1), two[:, 1].reshape(104, 1, 16)
        four = torch.bmm(left, right).view(52, 2, 2, 2, 4, 4, 4)  # [four][o2][c][o1][i1 i2][o3 o4][i3 i4]
        return u[0, :, 0], four.permute(0, 2, 3, 1, 5, 4, 6).reshape(52, 2, 16, 16)

    def circuit(self, u3, cu3, *_):
        column, matrices = self.matrices(u3, cu3)
        psi = torch.cat([column[:, None], column.new_zeros(2, STATES // 2 - 1)], 1)  # the first U3 on |0...0>
        for pair in matrices.unbind(0):  # [control][four targets][the rest]; then the last target controls
            psi = torch.bmm(pair, psi.view(2, 16, 256))
            psi = psi.view(16, 2, 256).permute(1, 2, 0).reshape(-1)
        return psi.real.square() + psi.imag.square()

    def mapping(self, q, u3, cu3, w1, b1, w2, b2, w3, b3, w4, b4):
        x = (0.8 * torch.tanh(0.1 * (STATES // 2) * q[:6690])) ** 0.3
        row = (w4 @ w3 @ w2 @ w1).view(-1)  # theta minus its mean: no biases, bits and x minus their means
        return torch.addmv((x - x.mean()) * row[13], self.centred, row[:13])

    def network(self, theta, x, y):
        return network(theta, self.weights, lambda h: h, x, y)


class Training:
    def __init__(self, case, dtype):
        self.case, self.flat = case, case.start().to(dtype).requires_grad_()
        self.optimiser = torch.optim.Adam([self.flat], **case.adam)

    def parameters(self):
        return cut(self.flat, self.case.shapes.values())

    def loss(self, x, y):
        parameters = self.parameters()
        return self.case.network(self.case.mapping(self.case.circuit(*parameters), *parameters), x, y)

    def step(self, x, y):
        self.optimiser.zero_grad(set_to_none=True)
        loss = self.loss(x, y)
        loss.backward()
        if self.case.clip:
            torch.nn.utils.clip_grad_norm_([self.flat], self.case.clip)
        self.optimiser.step()
        return loss


def read_idx(folder, name, header):
    for path in (os.path.join(folder, sub, name + end) for sub in ("mnist", "") for end in ("", ".gz")):
        if os.path.isfile(path):
            with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
                return np.frombuffer(file.read(), np.uint8, offset=header)
    return None


def batches(case, dtype, folder, count):
    """Batches of the first images in order, over and over; whether they are MNIST."""
    images = read_idx(folder, "train-images-idx3-ubyte", 16) if folder else None
    labels = read_idx(folder, "train-labels-idx1-ubyte", 8) if folder else None
    found = images is not None and labels is not None
    if not found:
        random = np.random.default_rng(1)
        images, labels = random.integers(0, 256, 6400 * 784, np.uint8), random.integers(0, 10, 6400, np.uint8)
    used = min(count, len(labels) // case.batch) * case.batch
    x = torch.tensor(images.reshape(-1, 28, 28)[:used, :case.pixels, :case.pixels], dtype=dtype)
    x = ((x / 255 - case.mean) / case.deviation)[..., None].permute(0, 3, 1, 2)  # channels last
    pairs = list(zip(x.split(case.batch), torch.tensor(labels[:used].astype(np.int64)).split(case.batch)))
    return [pairs[k % len(pairs)] for k in range(count)], found


def check(case_type, threads, folder):
    """One thread for float64: its convolutions call BLAS from several threads at once, which a serial OpenBLAS does not
    survive. Those of float32 are oneDNN's."""
    wrong = 0
    for dtype, count, tolerance in ((torch.float64, 1, 1e-10), (torch.float32, threads, 2e-5)):
        torch.set_num_threads(count)
        case = case_type(dtype)
        data, found = batches(case, dtype, folder, len(case.losses))
        if not found:
            print("quantum_train.py: skipped: no MNIST to check with (--data, KETWALL_DATA_DIR)", file=sys.stderr)
            return 77
        training = Training(case, dtype)
        training.loss(*data[0]).backward()
        gradients = dict(zip(case.shapes, cut(training.flat.grad, case.shapes.values())), all=training.flat.grad)
        rows = [(f"gradient {name}", gradients[name].norm().item(), golden) for name, golden in case.norms.items()]
        rows += [(f"loss {k}", training.step(*data[k]).item(), golden) for k, golden in enumerate(case.losses)]
        for what, value, golden in rows:
            agree = abs(value - golden) <= tolerance * golden
            wrong += not agree
            print(f"{dtype} {what}: {value:.15g}, golden {golden:.15g}{'' if agree else ': DISAGREE'}")
    return 1 if wrong else 0


def keep_memory():
    """Without it glibc gives pages back after every step and faults them in again: up to a millisecond and a half."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        trim_threshold, mmap_threshold = -1, -3
        libc.mallopt(trim_threshold, 1 << 30)
        libc.mallopt(mmap_threshold, 1 << 25)


def milliseconds(call, data):
    def timed(x, y):
        start = time.perf_counter()
        call(x, y)
        return 1e3 * (time.perf_counter() - start)

    return [timed(x, y) for x, y in data][WARM_UP:]


def parts(training, data):
    """Medians of forward and backward of circuit, mapping and CNN."""
    case = training.case
    q = case.circuit(*training.parameters()).detach().requires_grad_()
    theta = case.mapping(q, *training.parameters()).detach().requires_grad_()
    dq, dtheta = torch.linspace(-1, 1, len(q)), torch.linspace(-1, 1, len(theta))

    def part(forward, upstream=None):
        def run(x, y):
            training.flat.grad = q.grad = theta.grad = None
            forward(x, y).backward(upstream)
        return round(statistics.median(milliseconds(run, data)), 3)

    return {"circuit_ms": part(lambda x, y: case.circuit(*training.parameters()), dq),
            "mapping_ms": part(lambda x, y: case.mapping(q, *training.parameters()), dtheta),
            "cnn_ms": part(lambda x, y: case.network(theta, x, y))}


def main():
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("case", choices=["seed", "paper"])
    reader.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    reader.add_argument("--steps", type=int, default=200)
    reader.add_argument("--data", metavar="DIR", default=os.environ.get("KETWALL_DATA_DIR"))
    reader.add_argument("--check", action="store_true")
    reader.add_argument("--parts", action="store_true")
    given = reader.parse_args()
    if given.threads < 1 or given.steps < 1:
        reader.error("--threads and --steps: at least 1")
    case_type = {"seed": Seed, "paper": Paper}[given.case]
    if given.check:
        return check(case_type, given.threads, given.data)
    keep_memory()
    torch.set_num_threads(given.threads)
    case = case_type(torch.float32)
    data, found = batches(case, torch.float32, given.data, WARM_UP + given.steps)
    if not found:
        print("quantum_train.py: random images: no MNIST (--data, KETWALL_DATA_DIR)", file=sys.stderr)
    training = Training(case, torch.float32)
    times = milliseconds(training.step, data)
    about = {"peer": "pytorch", "version": torch.__version__, "case": given.case, "threads": given.threads}
    print(json.dumps({**about, "median_ms": round(statistics.median(times), 3), "min_ms": round(min(times), 3)}))
    if given.parts:
        print(json.dumps({**about, **parts(training, data)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
