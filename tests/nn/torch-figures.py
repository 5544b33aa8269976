"""Writes torch-figures.json: what PyTorch (1.13, float64) makes of the layers, activations and losses that torch-figures.test.ts checks.

    python3 tests/nn/torch-figures.py > tests/nn/torch-figures.json

Inputs and parameters are `numbers(count, salt)`, which the test makes too. Matrices of linear, recurrent and attention layers are
transposed here, because gryph has them as [in, out].
"""
import json
import re
import torch
from torch import nn
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def numbers(shape, salt, scale=1.0):
    count = 1
    for size in shape:
        count *= size
    values = [((k * 7919 + salt * 104729 + 13) % 1000 / 500 - 1) * scale for k in range(count)]
    return torch.tensor(values).reshape(shape)


def camel(name):
    return re.sub(r"_([a-z])", lambda match: match.group(1).upper(), name)


def text(tensor):
    return " ".join(repr(value) for value in tensor.detach().reshape(-1).tolist())


def leaf(shape, salt):
    return numbers(shape, salt).requires_grad_()


def outputs_of(result):
    flat = []
    for part in result if isinstance(result, (tuple, list)) else [result]:
        if isinstance(part, (tuple, list)):
            flat += outputs_of(part)
        elif part is not None:
            flat.append(part)
    return flat


def weigh(outputs):
    return sum((output * numbers(output.shape, 50 + i)).sum() for i, output in enumerate(outputs))


def layer_case(module, inputs, call=None, transposes=True, steps=1):
    """Outputs, gradients and buffers of `steps` training steps, of which the last is recorded."""
    parameters = dict(module.named_parameters())
    for salt, (name, parameter) in enumerate(parameters.items()):
        shape = list(parameter.shape)
        ours = transposes and parameter.dim() == 2
        values = numbers(shape[::-1] if ours else shape, 10 + salt, 0.5)
        parameter.data = values.t().contiguous() if ours else values
    for step in range(steps):
        module.zero_grad()
        tensors = [leaf(shape, salt + 3 * step) if isinstance(shape, list) else shape for salt, shape in enumerate(inputs)]
        outputs = outputs_of(call(module, *tensors) if call else module(*tensors))
        weigh(outputs).backward()
    grad = lambda p: p.grad.t() if transposes and p.dim() == 2 else p.grad
    case = {
        "outputs": [text(output) for output in outputs],
        "inputGradients": [text(tensor.grad) for tensor in tensors if tensor.requires_grad],
        "parameterGradients": {camel(name): text(grad(p)) for name, p in parameters.items()},
    }
    buffers = {camel(name): text(buffer) for name, buffer in module.named_buffers()}
    if buffers:
        case["buffers"] = buffers
        module.eval()
        case["evaluated"] = text(outputs_of(module(*[tensor.detach() for tensor in tensors]))[0])
    return case


T = torch.tensor
mask = T([[False, True, False, False], [False, False, True, False], [False, False, False, True]])
padding = T([[False, False, False, True], [False, True, False, False]])


def encoder(**options):
    return nn.TransformerEncoderLayer(4, 2, dim_feedforward=6, dropout=0.0, batch_first=True, **options)


causal = torch.triu(torch.ones(3, 3, dtype=torch.bool), 1)
layers = {
    "linear": layer_case(nn.Linear(3, 2), [[4, 3]]),
    "conv2d": layer_case(nn.Conv2d(2, 4, 3, stride=2, padding=1, groups=2), [[2, 2, 5, 4]]),
    "maxPool2d": layer_case(nn.MaxPool2d(3, stride=2, padding=1), [[1, 2, 5, 6]]),
    "avgPool2d": layer_case(nn.AvgPool2d((2, 3), stride=1, padding=1), [[1, 2, 4, 5]]),
    "adaptiveAvgPool2d": layer_case(nn.AdaptiveAvgPool2d((3, 2)), [[2, 2, 5, 7]]),
    "adaptiveAvgPool2d by whole windows": layer_case(nn.AdaptiveAvgPool2d((2, None)), [[1, 2, 4, 3]]),
    "batchNorm1d": layer_case(nn.BatchNorm1d(3), [[5, 3]], steps=2),
    "batchNorm1d of sequences": layer_case(nn.BatchNorm1d(3, momentum=None), [[2, 3, 4]], steps=2),
    "batchNorm2d": layer_case(nn.BatchNorm2d(2, eps=1e-3, momentum=0.3), [[2, 2, 3, 2]], steps=2),
    "batchNorm2d without state": layer_case(nn.BatchNorm2d(2, affine=False, track_running_stats=False), [[2, 2, 2, 2]]),
    "layerNorm": layer_case(nn.LayerNorm(4), [[3, 4]]),
    "layerNorm over two axes": layer_case(nn.LayerNorm([3, 2], eps=1e-3), [[2, 3, 2]], transposes=False),
    "embedding": layer_case(nn.Embedding(5, 3, padding_idx=2), [T([[0, 2, 4], [4, 4, 1]])], transposes=False),
    "rnn": layer_case(nn.RNN(3, 2), [[4, 2, 3]]),
    "rnn with relu and a state": layer_case(nn.RNN(3, 2, nonlinearity="relu", batch_first=True), [[2, 4, 3], [1, 2, 2]]),
    "gru": layer_case(nn.GRU(3, 2), [[4, 2, 3], [1, 2, 2]]),
    "gru, two layers in both directions": layer_case(
        nn.GRU(3, 2, num_layers=2, bidirectional=True, batch_first=True), [[2, 3, 3]]
    ),
    "gru without bias, unbatched": layer_case(nn.GRU(3, 2, bias=False), [[4, 3]]),
    "lstm": layer_case(nn.LSTM(3, 2), [[4, 2, 3]]),
    "lstm, two layers in both directions": layer_case(
        nn.LSTM(3, 2, num_layers=2, bidirectional=True, batch_first=True),
        [[2, 3, 3], [4, 2, 2], [4, 2, 2]],
        lambda module, x, h, c: module(x, (h, c)),
    ),
    "multiheadAttention of itself": layer_case(
        nn.MultiheadAttention(4, 2), [[3, 2, 4]], lambda module, x: module(x, x, x)
    ),
    "multiheadAttention across, with masks": layer_case(
        nn.MultiheadAttention(4, 2, batch_first=True),
        [[2, 3, 4], [2, 4, 4]],
        lambda module, q, k: module(q, k, k, attn_mask=mask, key_padding_mask=padding, average_attn_weights=False),
    ),
    "multiheadAttention of three, with numbers as mask": layer_case(
        nn.MultiheadAttention(4, 2, bias=False),
        [[3, 2, 4], [4, 2, 4], [4, 2, 4]],
        lambda module, q, k, v: module(q, k, v, attn_mask=numbers([4, 3, 4], 5)),
    ),
    "transformerEncoderLayer": layer_case(encoder(), [[2, 3, 4]], lambda module, x: module(x, causal)),
    "transformerEncoderLayer, normalized first": layer_case(
        encoder(norm_first=True, activation="gelu"), [[2, 3, 4]]
    ),
}

points = [-100.0, -30.0, -6.0, -3.0, -2.5, -1.0, -0.3, 0.0, 0.2, 1.0, 2.5, 3.0, 6.0, 15.0, 30.0, 100.0]


def activation_case(function):
    x = T(points).requires_grad_()
    y = function(x)
    y.sum().backward()
    return {"outputs": text(y), "gradients": text(x.grad)}


# The gradients of F.hardsigmoid and F.hardswish, and that of F.celu for most alphas, have a factor of float32 precision.
activations = {
    "relu": activation_case(F.relu),
    "relu6": activation_case(F.relu6),
    "leakyRelu": activation_case(lambda x: F.leaky_relu(x, 0.2)),
    "elu": activation_case(lambda x: F.elu(x, 0.7)),
    "celu": activation_case(lambda x: F.celu(x, 0.5)),
    "selu": activation_case(F.selu),
    "gelu": activation_case(F.gelu),
    "geluTanh": activation_case(lambda x: F.gelu(x, approximate="tanh")),
    "silu": activation_case(F.silu),
    "mish": activation_case(F.mish),
    "softplus": activation_case(lambda x: F.softplus(x, 2.0, 1000.0)),
    "softsign": activation_case(F.softsign),
    "logSigmoid": activation_case(F.logsigmoid),
    "hardtanh": activation_case(F.hardtanh),
    "hardsigmoid": activation_case(lambda x: F.relu6(x + 3) / 6),
    "hardswish": activation_case(lambda x: x * F.relu6(x + 3) / 6),
    "sigmoid": activation_case(torch.sigmoid),
    "tanh": activation_case(torch.tanh),
    "softmax": activation_case(lambda x: F.softmax(x, -1) * numbers([16], 2)),
    "logSoftmax": activation_case(lambda x: F.log_softmax(x, -1) * numbers([16], 2)),
}


def loss_case(function, x, *rest):
    case = {}
    for reduction in ["mean", "sum", "none"]:
        given = x.clone().requires_grad_()
        losses = function(given, *rest, reduction=reduction)
        (losses * numbers(losses.shape, 4)).sum().backward()
        case[reduction] = {"losses": text(losses), "gradients": text(given.grad)}
    return case


x, y = numbers([3, 4], 1, 3.0), numbers([3, 4], 2, 2.0)
p, q = (numbers([3, 4], 1) + 1) / 2, (numbers([3, 4], 2) + 1) / 2
p[0, 0], p[0, 1], q[0, 0], q[0, 1] = 0.25, 0.75, 0, 1
logits = numbers([3, 4], 1, 40.0)
logits[0, 0] = 0
classes = T([2, 0, 3])
ignoring = T([2, -1, 3])
factors = T([0.5, 2.0, 0.0, 1.5])
shares = (numbers([3, 4], 5) + 1.5).softmax(-1)
scores = x.log_softmax(-1)
losses = {
    "mse": loss_case(F.mse_loss, x, y),
    "l1": loss_case(F.l1_loss, x, y),
    "huber": loss_case(lambda a, b, **o: F.huber_loss(a, b, delta=1.5, **o), x, y),
    "smoothL1": loss_case(lambda a, b, **o: F.smooth_l1_loss(a, b, beta=1.5, **o), x, y),
    "bce": loss_case(lambda a, b, **o: F.binary_cross_entropy(a, b, weight=factors, **o), p, q),
    "bceWithLogits": loss_case(F.binary_cross_entropy_with_logits, logits, q),
    "bceWithLogits, weighted": loss_case(
        lambda a, b, **o: F.binary_cross_entropy_with_logits(a, b, weight=factors, pos_weight=factors + 0.5, **o), logits, q
    ),
    "nll": loss_case(F.nll_loss, scores, classes),
    "nll, weighted and ignoring": loss_case(
        lambda a, b, **o: F.nll_loss(a, b, weight=factors, ignore_index=-1, **o), scores, ignoring
    ),
    "crossEntropy": loss_case(F.cross_entropy, x, classes),
    "crossEntropy, weighted": loss_case(lambda a, b, **o: F.cross_entropy(a, b, weight=factors, **o), x, classes),
    "crossEntropy, ignoring": loss_case(lambda a, b, **o: F.cross_entropy(a, b, ignore_index=-1, **o), x, ignoring),
    "crossEntropy, all options": loss_case(
        lambda a, b, **o: F.cross_entropy(a, b, weight=factors, ignore_index=-1, label_smoothing=0.2, **o), x, ignoring
    ),
    "crossEntropy of shares": loss_case(F.cross_entropy, x, shares),
    "crossEntropy of shares, smoothed": loss_case(
        lambda a, b, **o: F.cross_entropy(a, b, weight=factors, label_smoothing=0.2, **o), x, shares
    ),
}

print(json.dumps({"layers": layers, "activations": activations, "losses": losses}, indent=2, ensure_ascii=False))
