"""PyTorch, eager and on one thread: the same arguments, data and lines of JSON as peer-process.mjs."""

import json
import math
import resource
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)


def hashed(seed, count):
    """24 bits of the finalizer of MurmurHash3 over position and seed, as in data.mjs."""
    with np.errstate(over="ignore"):
        h = np.arange(1, count + 1, dtype=np.uint32) * np.uint32(0x9E3779B1)
        h ^= np.uint32((seed + 1) * 0x85EBCA77 & 0xFFFFFFFF)
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return (h ^ (h >> np.uint32(16))) >> np.uint32(8)


def constant(seed, shape, scale=1.0):
    values = scale * (hashed(seed, math.prod(shape)) / 2**23 - 1)
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def labels(seed, count, classes):
    return torch.from_numpy((hashed(seed, count) % classes).astype(np.int64))


def parameter(seed, shape, fan_in=None):
    return constant(seed, shape, 1 / math.sqrt(fan_in or shape[0])).requires_grad_()


def zeros(*shape):
    return torch.zeros(shape, requires_grad=True)


def training(spec, parameters, loss_of):
    make = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[spec["optimizer"]]
    optimizer = make(parameters, lr=spec["lr"])

    def run():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of()
        loss.backward()
        optimizer.step()
        return loss.item()

    return run, lambda loss: [[loss]]


def program(fn):
    def read(result):
        return [each.flatten() for each in (result if isinstance(result, tuple) else (result,))]

    def run():
        with torch.no_grad():
            return fn()

    return run, read


def gradient(loss_of, args):
    args = [arg.requires_grad_() for arg in args]
    _, read = program(None)
    return lambda: torch.autograd.grad(loss_of(*args), args), read


def layers_of(sizes, seed=10):
    return [(parameter(seed + i, (a, b)), zeros(b)) for i, (a, b) in enumerate(zip(sizes, sizes[1:]))]


def perceptron_of(layers, x):
    for i, (weight, bias) in enumerate(layers):
        x = torch.addmm(bias, x, weight)
        if i < len(layers) - 1:
            x = torch.relu(x)
    return x


def linear_regression(spec):
    x, y = constant(1, (spec["rows"], spec["features"])), constant(2, (spec["rows"], 1))
    w, b = parameter(10, (spec["features"], 1)), zeros(1)
    return training(spec, [w, b], lambda: F.mse_loss(torch.addmm(b, x, w), y))


def perceptron(spec):
    sizes, batch = spec["sizes"], spec["batch"]
    layers = layers_of(sizes)
    x, y = constant(1, (batch, sizes[0])), labels(2, batch, sizes[-1])
    return training(spec, [p for layer in layers for p in layer], lambda: F.cross_entropy(perceptron_of(layers, x), y))


def le_net(spec):
    batch = spec["batch"]
    filters = [(parameter(10, (6, 1, 5, 5), 25), zeros(6)), (parameter(11, (16, 6, 5, 5), 150), zeros(16))]
    layers = layers_of([400, 120, 84, 10], 20)
    x, y = constant(1, (batch, 1, 28, 28)), labels(2, batch, 10)

    def loss_of():
        h = F.max_pool2d(torch.relu(F.conv2d(x, *filters[0], padding=2)), 2)
        h = F.max_pool2d(torch.relu(F.conv2d(h, *filters[1])), 2)
        return F.cross_entropy(perceptron_of(layers, h.reshape(batch, 400)), y)

    return training(spec, [p for layer in filters + layers for p in layer], loss_of)


def elementwise_of(a, b, c):
    return torch.tanh(a * b + c) * torch.sigmoid(a - c) + torch.exp(-(b**2))


def elementwise(spec):
    args = [constant(seed, (spec["count"],)) for seed in (1, 2, 3)]
    return program(lambda: elementwise_of(*args))


def elementwise_gradient(spec):
    return gradient(lambda *args: elementwise_of(*args).sum(), [constant(seed, (spec["count"],)) for seed in (1, 2, 3)])


def matmul(spec):
    a, b = constant(1, (spec["n"], spec["n"])), constant(2, (spec["n"], spec["n"]))
    return program(lambda: a @ b)


def softmax(spec):
    x = constant(1, (spec["rows"], spec["columns"]), 4)
    return program(lambda: torch.softmax(x, -1))


def layer_norm(spec):
    rows, columns = spec["rows"], spec["columns"]
    dy = constant(4, (rows, columns))
    args = [constant(1, (rows, columns)), constant(2, (columns,)), constant(3, (columns,))]
    return gradient(lambda x, scale, shift: (F.layer_norm(x, (columns,), scale, shift) * dy).sum(), args)


def lstm(spec):
    steps, batch, size, hidden = spec["time"], spec["batch"], spec["input"], spec["hidden"]
    layer = torch.nn.LSTM(size, hidden)
    with torch.no_grad():
        layer.weight_ih_l0.copy_(parameter(10, (size, 4 * hidden)).t())
        layer.weight_hh_l0.copy_(parameter(11, (hidden, 4 * hidden)).t())
        layer.bias_ih_l0.zero_()
    # The other peers have one bias.
    layer.bias_hh_l0 = torch.nn.Parameter(torch.zeros(4 * hidden), requires_grad=False)
    x, target = constant(1, (steps, batch, size)), constant(2, (batch, hidden))
    trained = [p for p in layer.parameters() if p.requires_grad]
    return training(spec, trained, lambda: F.mse_loss(layer(x)[1][0][0], target))


def transformer(spec):
    model, heads, steps, batch, inner = (spec[name] for name in ("model", "heads", "time", "batch", "feedForward"))
    sizes = [(model, 3 * model), (model, model), (model, inner), (inner, model)]
    (qkv, out, up, down) = [(parameter(10 + i, shape), zeros(shape[1])) for i, shape in enumerate(sizes)]
    norm1, norm2 = [(torch.ones(model, requires_grad=True), zeros(model)) for _ in range(2)]
    x, target = constant(1, (batch, steps, model)), constant(2, (batch, steps, model))

    def apply(layer, h):
        return h @ layer[0] + layer[1]

    def loss_of():
        projected = apply(qkv, F.layer_norm(x, (model,), *norm1))
        q, k, v = projected.reshape(batch, steps, 3, heads, model // heads).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(model // heads), -1)
        h = x + apply(out, (weights @ v).permute(0, 2, 1, 3).reshape(batch, steps, model))
        return F.mse_loss(h + apply(down, torch.relu(apply(up, F.layer_norm(h, (model,), *norm2)))), target)

    return training(spec, [p for part in (qkv, out, up, down, norm1, norm2) for p in part], loss_of)


def inference(spec):
    layers, x = layers_of(spec["sizes"]), constant(1, (1, spec["sizes"][0]))
    return program(lambda: perceptron_of(layers, x))


def small_add(spec):
    a, b = constant(1, (4,)), constant(2, (4,))
    return program(lambda: a + b)


def chained_adds(spec):
    a, b = constant(1, (4,)), constant(2, (4,))

    def chain():
        total = a
        for _ in range(spec["adds"]):
            total = total + b
        return total

    return program(chain)


PROGRAMS = {
    "linearRegression": linear_regression,
    "perceptron": perceptron,
    "leNet": le_net,
    "matmul": matmul,
    "elementwise": elementwise,
    "elementwiseGradient": elementwise_gradient,
    "softmax": softmax,
    "layerNorm": layer_norm,
    "lstm": lstm,
    "transformer": transformer,
    "inference": inference,
    "smallAdd": small_add,
    "chainedAdds": chained_adds,
}


def sample(values):
    """Enough of a large array to compare: elements all over it, and its mean."""
    if len(values) <= 64:
        return [float(value) for value in values]
    some = [float(values[i * len(values) // 64 + i % 7]) for i in range(64)]
    return [*some, float(values.mean())]


def timed(run, runs):
    start = time.perf_counter()
    for _ in range(runs):
        run()
    return 1000 * (time.perf_counter() - start)


def measure(run, seconds, count):
    sample_ms = 1000 * seconds / count
    runs = 1
    taken = timed(run, runs)
    while taken < min(2, sample_ms) and runs < 1e6:
        runs *= 2
        taken = timed(run, runs)
    if taken >= 1000 * seconds:
        return [taken / runs]
    runs = max(1, round(runs * sample_ms / taken))
    return [timed(run, runs) / runs for _ in range(count)]


def main():
    _, _, kind, spec, steps = sys.argv
    run, read = PROGRAMS[kind](json.loads(spec))
    start = time.perf_counter()
    values = [run()]
    first_call_ms = 1000 * (time.perf_counter() - start)
    values += [run() for _ in range(int(steps) - 1)]
    say({"values": [[x for part in read(each) for x in sample(part)] for each in values], "firstCallMs": first_call_ms})
    for line in sys.stdin:
        _, seconds, count = line.split()
        samples = measure(run, float(seconds), int(count))
        say({"samples": samples, "maxRssMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024})


def say(message):
    print(json.dumps(message), flush=True)


main()
