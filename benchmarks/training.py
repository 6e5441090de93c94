"""How long does an epoch of the slides' program take, here and in PyTorch?

    python benchmarks/training.py [--epochs 20] [--threads 2]

784-512-10, ReLU, softmax cross-entropy, batches of 128, RMSprop, float32, on the 4,000 shipped
training digits. All sides start from the same weights and run on as many threads; they take
turns, one epoch each.

- mlcourse: `fit`, which also keeps the accuracy and watches for a loss that diverges.
- PyTorch, bare loop: indexes the tensors itself and sees the very same batches; the first losses
  must agree, or the benchmark refuses.
- PyTorch, DataLoader: as its tutorials write it, shuffled by the DataLoader.
- The matrix products alone, by NumPy: the floor that no NumPy program goes below.
"""

import argparse
import os
import sys
import time

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--threads", type=int, default=os.cpu_count())
arguments = parser.parse_args()
for library in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM"):  # read when numpy is imported
    os.environ[f"{library}_NUM_THREADS"] = str(arguments.threads)

import numpy as np  # noqa: E402

try:
    import torch
except ImportError:
    sys.exit("benchmarks/training.py compares with PyTorch, which is missing: run `make bench`")

from mlcourse_utils.activations import identity, relu  # noqa: E402
from mlcourse_utils.datasets import load_mnist_5k  # noqa: E402
from mlcourse_utils.losses import one_hot, softmax_cross_entropy  # noqa: E402
from mlcourse_utils.network import init  # noqa: E402
from mlcourse_utils.optimizers import rmsprop  # noqa: E402
from mlcourse_utils.training import Model, fit, minibatches  # noqa: E402

BATCH, GAMMA, RHO, EPSILON = 128, 1e-3, 0.9, 1e-8
PAUSE = 0.1  # seconds: lets the threads of the side that has just run go to sleep


def timed(epoch):
    time.sleep(PAUSE)
    start = time.perf_counter()
    loss = epoch()
    return time.perf_counter() - start, loss


def torch_epoch(params, batches):
    """Return a function that trains one epoch on batches() and returns its mean loss."""
    net = torch.nn.Sequential(torch.nn.Linear(784, 512), torch.nn.ReLU(), torch.nn.Linear(512, 10))
    with torch.no_grad():
        for tensor, array in zip(net.parameters(), (a for l in params for a in l), strict=True):
            tensor.copy_(torch.from_numpy(array))
    optimizer = torch.optim.RMSprop(net.parameters(), lr=GAMMA, alpha=RHO, eps=EPSILON)

    def epoch():
        total, n = 0.0, 0
        for x, labels in batches():
            loss = torch.nn.functional.cross_entropy(net(x), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total, n = total + loss.item() * len(x), n + len(x)
        return total / n

    return epoch


def products_epoch(params, X, y):
    """Return a function that does an epoch's five matrix products a batch, and nothing else."""
    (W1, _), (W2, _) = params
    batches = list(minibatches(X, y, BATCH, np.random.default_rng(0)))

    def epoch():
        for x0, e2 in batches:
            x1 = x0 @ W1.T
            x1 @ W2.T
            e2.T @ x1
            e1 = e2 @ W2
            e1.T @ x0

    return epoch


def main():
    torch.set_num_threads(arguments.threads)
    X, labels, _, _ = load_mnist_5k(dtype=np.float32)
    y = one_hot(labels, 10).astype(np.float32)
    model = Model(init((784, 512, 10), 0, np.float32), [relu, identity], softmax_cross_entropy)
    tensors, rng = (torch.from_numpy(X), torch.from_numpy(labels.astype(np.int64))), same_batches()
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(*tensors), BATCH, shuffle=True
    )
    others = {
        f"PyTorch {torch.__version__}, bare loop": torch_epoch(
            model.params, lambda: minibatches(*tensors, BATCH, rng)
        ),
        f"PyTorch {torch.__version__}, DataLoader": torch_epoch(model.params, lambda: loader),
        "matrix products alone": products_epoch(model.params, X, y),
    }
    turns = {name: [] for name in others}

    def take_turns(history):
        for name, epoch in others.items():
            turns[name].append(timed(epoch))
        time.sleep(PAUSE)

    optimizer = rmsprop(RHO, EPSILON, epsilon_inside=False)  # PyTorch's ε is outside the root
    history = fit(
        model,
        X,
        y,
        optimizer,
        GAMMA,
        BATCH,
        arguments.epochs,
        same_batches(),
        take_turns,
        progress=False,
    )
    report(history, turns)


def same_batches():
    return np.random.default_rng(0)


def report(history, turns):
    """Medians, and medians of the ratios epoch by epoch; the first epoch only warms up."""
    threads = f"{arguments.threads} thread{'s' * (arguments.threads > 1)}"
    print(f"784-512-10, batch {BATCH}, RMSprop, float32, {threads}")
    print(f"median of {arguments.epochs - 1} epochs, taking turns")
    print(f"  {'mlcourse':32} {np.median(history.seconds[1:]):.4f} s")
    for name, results in turns.items():
        seconds = np.array([seconds for seconds, _ in results])
        ratio = np.median((seconds / history.seconds)[1:])
        print(f"  {name:32} {np.median(seconds[1:]):.4f} s   {ratio:.2f} × mlcourse's")
    losses = [loss for _, loss in next(iter(turns.values()))]
    if not np.allclose(history.loss[:3], losses[:3], rtol=1e-3):
        sys.exit(f"not the same program: losses {history.loss[:3]} here, {losses[:3]} in PyTorch")


main()
