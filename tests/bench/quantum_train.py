#!/usr/bin/env python3
"""Quantum-Train in PyTorch, tuned: the opponent of the engine's training step.

    quantum_train.py seed|paper [--threads N] [--steps 200] [--data DIR] [--parts]
    quantum_train.py seed|paper --check [--data DIR]

A circuit of 13 qubits and a mapping model generate the weights of a small CNN for MNIST; one training step differentiates
through all three. The same mathematics as op by op, in float32 and complex64, with fewer and larger operations:
  seed    8 x [RY; CNOT ladder], mapping 14-20-1 with ReLU, CNN with ReLU, 64 images. The state is real; a layer is three
          matrices on 4+4+5 qubits and one gather; the mapping makes only the rows that become weights.
  paper   16 x [U3; CU3 ring], linear mapping 14-4-20-4-1, CNN without activations, 128 images. Four U3 and CU3 are fused
          to one matrix; the mapping is collapsed to one vector.
Timing: 20 steps to warm up, then --steps of them (zero_grad, forward, backward, clip, optimiser; images in memory, in
order); one line of JSON. --parts: another line, every part forward and backward by itself. DIR holds mnist/ or its files
(default: KETWALL_DATA_DIR); without them the images are random. --check: float64 against the golden numbers; exit 1 when
they disagree. Exit 77: no torch, or nothing to check with.

Golden numbers: independent op-by-op autograd in float64, PyTorch 1.13.1; `seed` is its case B (phi = sin, mapping 0.3 cos).
"""
import argparse
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
    """One flat vector as tensors of these shapes; its gradient comes back in one piece."""
    return [piece.view(shape) for piece, shape in zip(flat.split([math.prod(s) for s in shapes]), shapes)]


def bits(count, wires):
    """(wires, count): the bits of 0, 1, ..., most significant first."""
    return (torch.arange(count) >> torch.arange(wires - 1, -1, -1)[:, None]) & 1


def wave(function, amplitude, count):
    return amplitude * function(torch.arange(1, count + 1, dtype=torch.float64))


def channels_last(kernel):
    return kernel.contiguous(memory_format=torch.channels_last)


def head_weights(w, channels):
    """The first dense layer reads [row][column][channel], as the images lie in memory."""
    return w.view(len(w), channels, -1).transpose(1, 2).reshape(len(w), -1)


class Seed:
    batch, mean, deviation, clip = 64, 0.1307, 0.3081, 10
    pixels = 26  # pooling drops the last row and column of 11x11, hence nothing reads the last two of 28x28
    adam = {"lr": 5e-4}
    names = ["phi", "W1", "b1", "W2", "b2"]
    shapes = [(8, WIRES), (20, 14), (20,), (20,), (1,)]
    weights = [(4, 1, 3, 3), (4,), (8, 4, 3, 3), (8,), (30, 200), (30,), (10, 30), (10,)]
    losses = [64.03050002140613, 47.32802355506756, 37.486326338498, 26.385928552996234, 18.5573125643391, 13.977416313140003,
              9.518633627463496, 7.5395074912466455, 5.8003701100514355, 4.133667283952865, 3.8340852212019465]
    norms = {"phi": 0.025503417919693867, "W1": 1809.944874007416, "b1": 1287.6647713518778, "W2": 2024.2714785976602,
             "b2": 2495.408336738233, "all": 3906.241006018889}

    def __init__(self, dtype):
        self.groups, self.rows = (4, 4, 5), 105 * 64  # the first multiple of 64 that holds the 6,676 weights
        spectra = [self.spectrum(wires) for wires in self.groups]
        self.signs = torch.block_diag(*[torch.tensor(signs, dtype=dtype) for signs, _, _ in spectra]) / 2
        self.waves = torch.cat([torch.block_diag(*[torch.tensor(s[part], dtype=dtype) for s in spectra]) for part in (1, 2)])
        index = torch.arange(STATES)
        self.ladder = index ^ (index >> 1)
        self.zero = torch.zeros(STATES, dtype=dtype)
        self.zero[0] = 1
        self.high, self.low = bits(105, 7).to(dtype), bits(64, 6).to(dtype)

    @staticmethod
    def spectrum(wires):
        """RY(a) = exp(a J / 2), J = [[0, -1], [1, 0]], has the eigenvalues e^{+-i a/2}; so a product of them is
        sum over signs s of cos(s.a/2) C_s + sin(s.a/2) S_s. Returns s (wires, 2^(wires-1)), C and S (2^(wires-1), 4^wires),
        transposed matrices in rows; -s is counted with s."""
        j = np.array([[0, -1], [1, 0]])
        signs = 1 - 2 * bits(1 << (wires - 1), wires).numpy()
        projectors = [[(np.eye(2) - 1j * s * j) / 2 for s in column] for column in signs.T]
        products = 2 * np.stack([functools.reduce(np.kron, row).T.ravel() for row in projectors])
        return signs, products.real, -products.imag

    def start(self):
        return torch.cat([wave(torch.sin, 1, 104), wave(torch.cos, 0.3, 280), torch.zeros(20), wave(torch.cos, 0.3, 20),
                          torch.zeros(1)])

    def circuit(self, phi, *_):
        angles = phi @ self.signs
        matrices = torch.cat([angles.cos(), angles.sin()], 1) @ self.waves
        sizes = [1 << wires for wires in self.groups]
        groups = [m.view(8, d, d).unbind(0) for m, d in zip(matrices.split([d * d for d in sizes], 1), sizes)]
        psi = self.zero
        for layer in zip(*groups):
            for matrix in layer:  # acts on the leading wires and moves them to the end
                psi = psi.view(len(matrix), -1).t() @ matrix
            psi = psi.view(-1).gather(0, self.ladder)
        return psi * psi

    def mapping(self, q, _, w1, b1, w2, b2):
        high, low = torch.addmm(b1[:, None], w1[:, :7], self.high), w1[:, 7:13] @ self.low
        hidden = (high[:, :, None] + low[:, None, :]).view(20, self.rows)
        hidden = torch.addmm(hidden, w1[:, 13:], q[None, :self.rows])
        return (w2 @ F.relu(hidden))[:6676] + b2

    def network(self, theta, x, y):
        w1, b1, w2, b2, w3, b3, w4, b4 = cut(theta, self.weights)
        h = F.relu(F.max_pool2d(F.conv2d(x, channels_last(w1), b1), 2))  # the smaller half of ReLU after the pooling
        h = F.relu(F.max_pool2d(F.conv2d(h, channels_last(w2), b2), 2))
        h = F.relu(F.linear(h.permute(0, 2, 3, 1).reshape(len(x), -1), head_weights(w3, 8), b3))
        return F.cross_entropy(F.linear(h, w4, b4), y)


class Paper:
    batch, mean, deviation, clip, pixels = 128, 0.5, 0.5, None, 28
    adam = {"lr": 1e-4, "weight_decay": 1e-5, "eps": 1e-6}
    names = ["u3", "cu3", "W1", "b1", "W2", "b2", "W3", "b3", "W4", "b4"]
    shapes = [(208, 3), (208, 3), (4, 14), (4,), (20, 4), (20,), (4, 20), (4,), (1, 4), (1,)]
    weights = [(8, 1, 5, 5), (8,), (12, 8, 5, 5), (12,), (20, 192), (20,), (10, 20), (10,)]
    losses = [2.3371694612582146, 2.311135524119952, 2.3153656837294405, 2.3018117577896966, 2.297773135573018,
              2.3094467190955825]
    norms = {"u3": 0.009296066362666241, "cu3": 0.007827735080245875, "W1": 0.4416040017104813, "W2": 3.08717767471005,
             "W3": 2.8335943355754534, "W4": 0.5141140302181532}

    def __init__(self, dtype):
        # entry (r, c) of U3 is a sum of exp(i (+-t/2 + r f + c l)), columns of phases; (8, 4) coefficients
        terms = [(sign, r, c) for r in (0, 1) for c in (0, 1) for sign in (1, -1)]
        self.phases = torch.tensor([(sign / 2, r, c) for sign, r, c in terms], dtype=dtype).t().contiguous()
        self.coefficients = torch.zeros(8, 4, dtype=torch.complex64 if dtype == torch.float32 else torch.complex128)
        for k, (sign, r, c) in enumerate(terms):
            self.coefficients[k, 2 * r + c] = 0.5 if r == c else 0.5j * sign * (c - r)
        # gate j = 13 b + k: wire k controls, wire k+1 is the target; U3 number j+1 on the target comes just before the gate,
        # but after the gate that closes the ring
        gate = torch.arange(208)
        closes = gate % WIRES == WIRES - 1
        self.left, self.right = torch.where(closes, gate + 1, gate + 209), torch.where(closes, gate + 209, gate + 1)
        centred = 2 * bits(6690, WIRES).to(dtype).t() - 1
        self.centred = (centred - centred.mean(0)).contiguous()

    def start(self):
        stack = [wave(torch.cos, 0.3, math.prod(s)) if len(s) == 2 else torch.zeros(s) for s in self.shapes[2:]]
        return torch.cat([wave(torch.sin, 1, 624), wave(torch.cos, 1, 624), *stack])

    def matrices(self, u3, cu3):
        """(52, 2, 16, 16): four CU3 in a row and the U3 of their targets, for 0 and 1 on the wire that controls the first.
        The gates form a chain: an entry is a product of factors [c][o][i], c being the o of the factor before."""
        angles = torch.cat([u3, u3.new_zeros(1, 3), cu3]) @ self.phases
        u = (torch.complex(angles.cos(), angles.sin()) @ self.coefficients).view(417, 2, 2)
        chosen = torch.bmm(u.index_select(0, self.left), u.index_select(0, self.right))
        one = torch.stack([u[1:209], chosen], 1).view(104, 2, 2, 2, 2)                              # gate  c o i
        two = (one[:, 0, :, :, None, :, None] * one[:, 1, None, :, :, None, :]).view(52, 2, 2, 2, 2, 4)  # gates c o1 o2 i
        first = two[:, 0].permute(0, 3, 1, 2, 4).reshape(104, 16, 1)                                # o2  c o1 i
        four = torch.bmm(first, two[:, 1].reshape(104, 1, 16)).view(52, 2, 2, 2, 4, 4, 4)           # o2  c o1 i  o34 i34
        return u[0, :, 0], four.permute(0, 2, 3, 1, 5, 4, 6).reshape(52, 2, 16, 16)

    def circuit(self, u3, cu3, *_):
        column, matrices = self.matrices(u3, cu3)
        psi = torch.cat([column[:, None], column.new_zeros(2, STATES // 2 - 1)], 1)  # the first U3 on |0...0>
        for pair in matrices.unbind(0):  # control, four targets, the rest; then the last target controls
            psi = torch.bmm(pair, psi.view(2, 16, 256))
            psi = psi.view(16, 2, 256).permute(1, 2, 0).reshape(-1)
        return psi.real.square() + psi.imag.square()

    def mapping(self, q, u3, cu3, w1, b1, w2, b2, w3, b3, w4, b4):
        x = (0.8 * torch.tanh(0.1 * (STATES // 2) * q[:6690])) ** 0.3
        row = (w4 @ w3 @ w2 @ w1).view(-1)  # the biases go with the mean, and so does that of bits and x
        return torch.addmv((x - x.mean()) * row[13], self.centred, row[:13])

    def network(self, theta, x, y):
        w1, b1, w2, b2, w3, b3, w4, b4 = cut(theta, self.weights)
        h = F.max_pool2d(F.conv2d(x, channels_last(w1), b1), 2)
        h = F.max_pool2d(F.conv2d(h, channels_last(w2), b2), 2)
        h = F.linear(h.permute(0, 2, 3, 1).reshape(len(x), -1), head_weights(w3, 12), b3)
        return F.cross_entropy(F.linear(h, w4, b4), y)


class Training:
    def __init__(self, case, dtype):
        self.case, self.flat = case, case.start().to(dtype).requires_grad_()
        self.optimiser = torch.optim.Adam([self.flat], **case.adam)

    def step(self, x, y):
        self.optimiser.zero_grad(set_to_none=True)
        parameters = cut(self.flat, self.case.shapes)
        loss = self.case.network(self.case.mapping(self.case.circuit(*parameters), *parameters), x, y)
        loss.backward()
        if self.case.clip:
            torch.nn.utils.clip_grad_norm_([self.flat], self.case.clip)
        self.optimiser.step()
        return loss


def read_idx(folder, name, header):
    for path in (os.path.join(folder, sub, name + end) for sub in ("mnist", "") for end in ("", ".gz")):
        if os.path.isfile(path):
            with (gzip.open if path.endswith(".gz") else open)(path) as file:
                return np.frombuffer(file.read(), np.uint8, offset=header)
    return None


def batches(case, dtype, folder, count):
    """The first images in order, over and over; the second value tells whether they are MNIST."""
    images = read_idx(folder, "train-images-idx3-ubyte", 16) if folder else None
    labels = read_idx(folder, "train-labels-idx1-ubyte", 8) if folder else None
    found = images is not None and labels is not None
    if not found:
        random = np.random.default_rng(1)
        images, labels = (random.integers(0, end, size, np.uint8) for end, size in ((256, 6400 * 784), (10, 6400)))
    used = min(count, len(labels) // case.batch) * case.batch
    x = torch.tensor(images.reshape(-1, 28, 28)[:used, :case.pixels, :case.pixels], dtype=dtype)
    x = ((x / 255 - case.mean) / case.deviation)[..., None].permute(0, 3, 1, 2)  # channels last
    y = torch.tensor(labels[:used].astype(np.int64))
    pairs = list(zip(x.split(case.batch), y.split(case.batch)))
    return [pairs[k % len(pairs)] for k in range(count)], found


def check(case, folder):
    data, found = batches(case, torch.float64, folder, len(case.losses))
    if not found:
        print("quantum_train.py: skipped: no MNIST to check with (--data DIR or KETWALL_DATA_DIR)", file=sys.stderr)
        return 77
    training, wrong = Training(case, torch.float64), 0
    clip, case.clip = case.clip, None

    def compare(what, value, golden):
        agrees = abs(value - golden) <= 1e-10 * abs(golden)
        print(f"{what:16} {value:.15g} {'agrees' if agrees else f'DISAGREES with {golden:.15g}'}")
        return not agrees

    # the gradient of step 0, before it is clipped
    start = training.flat.detach().clone()
    training.step(*data[0])
    gradient = dict(zip(case.names, cut(training.flat.grad, case.shapes)), all=training.flat.grad)
    wrong += sum(compare("|d" + name + "|", gradient[name].norm().item(), norm) for name, norm in case.norms.items())
    case.clip, training = clip, Training(case, torch.float64)
    assert torch.equal(training.flat, start)
    wrong += sum(compare(f"loss of step {k}", training.step(*data[k]).item(), loss) for k, loss in enumerate(case.losses))
    return 1 if wrong else 0


def milliseconds(call, items):
    def timed(item):
        start = time.perf_counter()
        call(*item)
        return 1e3 * (time.perf_counter() - start)

    return [timed(item) for item in items][WARM_UP:]


def parts(training, data):
    """Median of forward and backward of circuit, mapping and CNN, each by itself."""
    case, flat = training.case, training.flat
    parameters = cut(flat, case.shapes)
    q = case.circuit(*parameters).detach().requires_grad_()
    theta = case.mapping(q, *parameters).detach().requires_grad_()
    dq, dtheta = torch.ones_like(q), torch.ones_like(theta)

    def run(value, seed=None):
        for leaf in (flat, q, theta):
            leaf.grad = None
        value.backward(seed)

    calls = {"circuit": lambda x, y: run(case.circuit(*cut(flat, case.shapes)), dq),
             "mapping": lambda x, y: run(case.mapping(q, *cut(flat, case.shapes)), dtheta),
             "cnn": lambda x, y: run(case.network(theta, x, y))}
    return {name + "_ms": round(statistics.median(milliseconds(call, data)), 3) for name, call in calls.items()}


def main():
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("case", choices=["seed", "paper"])
    reader.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    reader.add_argument("--steps", type=int, default=200)
    reader.add_argument("--data", metavar="DIR", default=os.environ.get("KETWALL_DATA_DIR"))
    reader.add_argument("--check", action="store_true")
    reader.add_argument("--parts", action="store_true")
    given = reader.parse_args()
    torch.set_num_threads(given.threads)
    dtype = torch.float64 if given.check else torch.float32
    case = {"seed": Seed, "paper": Paper}[given.case](dtype)
    if given.check:
        return check(case, given.data)
    data, found = batches(case, dtype, given.data, WARM_UP + given.steps)
    if not found:
        print("quantum_train.py: no MNIST (--data DIR or KETWALL_DATA_DIR): random images", file=sys.stderr)
    training = Training(case, dtype)
    times = milliseconds(training.step, data)
    about = {"peer": "pytorch", "version": torch.__version__, "case": given.case, "threads": given.threads}
    print(json.dumps({**about, "median_ms": round(statistics.median(times), 3), "min_ms": round(min(times), 3)}))
    if given.parts:
        print(json.dumps({**about, **parts(training, data)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
