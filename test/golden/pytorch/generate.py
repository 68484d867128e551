"""Writes the golden files of this folder: the same inputs and weights through PyTorch, in float64 and in float32.

    pip install "torch==1.13.1" "numpy<2" && python generate.py

Made with torch 1.13.1 (CPU, one thread), Python 3, seed 20261121; both are repeated in every file.
Inputs are drawn in float32 and widened, so both precisions start from the same numbers. Each file holds
{"about", "torch", "seed", "inputs", "float64", "float32"}; an array is {"shape", "values"}, row-major.
float32 results are printed with 9 significant digits and all else with 17, which is enough to read back the same bits.
"""
import json
import pathlib

import torch
from torch import nn
from torch.nn import functional

SEED = 20261121
HERE = pathlib.Path(__file__).parent
torch.set_num_threads(1)


def array(t):
    t = t.detach()
    if not t.dtype.is_floating_point:
        return {"shape": list(t.shape), "values": t.flatten().tolist()}
    digits = 17 if t.dtype == torch.float64 else 9
    return {"shape": list(t.shape), "values": [float(f"{v:.{digits}g}") for v in t.flatten().tolist()]}


def arrays(named):
    return {name: array(t) for name, t in named.items()}


def write(name, about, inputs, run):
    """Runs `run(inputs)` in both precisions and stores what it returns."""
    widened = {k: t.double() if t.dtype.is_floating_point else t for k, t in inputs.items()}
    result = {"about": about, "torch": torch.__version__, "seed": SEED, "inputs": arrays(widened)}
    for precision, dtype in (("float64", torch.float64), ("float32", torch.float32)):
        torch.set_default_dtype(dtype)
        cast = {k: t.to(dtype) if t.dtype.is_floating_point else t for k, t in inputs.items()}
        result[precision] = run(cast)
    torch.set_default_dtype(torch.float32)
    text = json.dumps(result, separators=(",", ":"))
    (HERE / f"{name}.json").write_text(text + "\n")
    print(f"{name}.json {len(text) / 1000:.0f} kB")


def normal(*shape, scale=1.0):
    return torch.randn(*shape, dtype=torch.float32) * scale


def recurrent(kind, T=5, B=3, D=4, H=6, layers=2):
    """(a), (b): loss = sum(y * wy) + sum(hn * wh) + sum(cn * wc) with given random weights."""
    is_lstm = kind == "lstm"
    make = nn.LSTM if is_lstm else nn.GRU
    names = [name for name, _ in make(D, H, layers).named_parameters()]
    shapes = {name: p.shape for name, p in make(D, H, layers).named_parameters()}
    inputs = {name: normal(*shapes[name], scale=0.5) for name in names}
    inputs.update(x=normal(T, B, D), h0=normal(layers, B, H), wy=normal(T, B, H), wh=normal(layers, B, H))
    if is_lstm:
        inputs.update(c0=normal(layers, B, H), wc=normal(layers, B, H))

    def run(given):
        model = make(D, H, layers)
        model.load_state_dict({name: given[name] for name in names})
        states = ["h0", "c0"] if is_lstm else ["h0"]
        leaves = {name: given[name].clone().requires_grad_() for name in ["x", *states]}
        y, final = model(leaves["x"], tuple(leaves[s] for s in states) if is_lstm else leaves["h0"])
        h, c = final if is_lstm else (final, None)
        loss = (y * given["wy"]).sum() + (h * given["wh"]).sum()
        out = {"y": y, "h": h}
        if is_lstm:
            loss = loss + (c * given["wc"]).sum()
            out["c"] = c
        loss.backward()
        out["loss"] = loss
        gradients = {name: p.grad for name, p in model.named_parameters()}
        gradients.update({name: leaf.grad for name, leaf in leaves.items()})
        return {"outputs": arrays(out), "gradients": arrays(gradients)}

    write(kind, f"{make.__name__}, {layers} layers, T={T} B={B} D={D} H={H}", inputs, run)


def cross_entropy(N=9, V=7):
    """(c): targets of -1 are ignored."""
    targets = torch.randint(0, V, (N,))
    targets[[2, 5]] = -1
    inputs = {"logits": normal(N, V, scale=3), "targets": targets}

    def run(given):
        result = {}
        for reduction in ("none", "sum", "mean"):
            logits = given["logits"].clone().requires_grad_()
            loss = functional.cross_entropy(logits, given["targets"], ignore_index=-1, reduction=reduction)
            loss.sum().backward()
            result[reduction] = {"loss": array(loss), "gradient": array(logits.grad)}
        return result

    write("crossEntropy", f"cross_entropy with ignore_index=-1, N={N} V={V}", inputs, run)


OPTIMIZERS = {
    "adam": (torch.optim.Adam, dict(lr=0.01)),
    "adam, weight decay": (torch.optim.Adam, dict(lr=0.01, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.1)),
    "adamw": (torch.optim.AdamW, dict(lr=0.01)),
    "adamw, weight decay": (torch.optim.AdamW, dict(lr=0.02, weight_decay=0.3)),
    "rmsprop": (torch.optim.RMSprop, dict(lr=0.01)),
    "rmsprop, weight decay": (torch.optim.RMSprop, dict(lr=0.002, alpha=0.95, weight_decay=0.1)),
    "sgd": (torch.optim.SGD, dict(lr=0.1)),
    "sgd, momentum": (torch.optim.SGD, dict(lr=0.1, momentum=0.9, weight_decay=0.1)),
    "sgd, nesterov": (torch.optim.SGD, dict(lr=0.1, momentum=0.8, nesterov=True, weight_decay=0.05)),
}


def optimizers(steps=10, n=13):
    """(d): ten updates on given gradients."""
    inputs = {"weights": normal(n), "gradients": normal(steps, n)}

    def run(given):
        result = {}
        for name, (make, options) in OPTIMIZERS.items():
            w = nn.Parameter(given["weights"].clone())
            optimizer = make([w], **options)
            path = []
            for g in given["gradients"]:
                w.grad = g.clone()
                optimizer.step()
                path.append(w.detach().clone())
            result[name] = {"options": options, "weights": array(torch.stack(path))}
        return result

    write("optimizers", f"{steps} updates of {n} weights; weights after each update", inputs, run)


def clipping():
    """(e): clip_grad_norm_ over two tensors."""
    inputs = {"a": normal(3, 4, scale=2), "b": normal(5, scale=2)}

    def run(given):
        result = []
        for max_norm in (0.25, 1.0, 5.0, 100.0):
            a, b = nn.Parameter(torch.zeros(3, 4)), nn.Parameter(torch.zeros(5))
            a.grad, b.grad = given["a"].clone(), given["b"].clone()
            norm = nn.utils.clip_grad_norm_([a, b], max_norm)
            result.append({"maxNorm": max_norm, "norm": array(norm), "a": array(a.grad), "b": array(b.grad)})
        return result

    write("clipping", "clip_grad_norm_ of two gradients", inputs, run)


class CharModel(nn.Module):
    def __init__(self, cell, V, E, H, layers):
        super().__init__()
        self.embedding = nn.Embedding(V, E)
        self.recurrent = cell(E, H, layers)
        self.output = nn.Linear(H, V)

    def forward(self, ids):
        return self.output(self.recurrent(self.embedding(ids))[0])


def training(name, cell, make, options, steps=10, T=4, B=3, V=11, E=5, H=6, layers=2, clip=0.5):
    """(f): complete training steps; clipping is active in most of them. Each step starts from a zero state."""
    shapes = {n: p.shape for n, p in CharModel(cell, V, E, H, layers).named_parameters()}
    inputs = {n: normal(*shape, scale=0.7) for n, shape in shapes.items()}
    inputs.update(ids=torch.randint(0, V, (steps, T, B)), targets=torch.randint(0, V, (steps, T, B)))

    def run(given):
        model = CharModel(cell, V, E, H, layers)
        model.load_state_dict({n: given[n] for n in shapes})
        optimizer = make(model.parameters(), **options)
        losses, norms = [], []
        for ids, targets in zip(given["ids"], given["targets"]):
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(ids).reshape(-1, V), targets.reshape(-1))
            loss.backward()
            norms.append(nn.utils.clip_grad_norm_(model.parameters(), clip))
            optimizer.step()
            losses.append(loss.detach())
        weights = {n: p for n, p in model.named_parameters()}
        return {
            "losses": array(torch.stack(losses)),
            "norms": array(torch.stack(norms)),
            "weights": arrays(weights),
        }

    write(name, f"{steps} steps of embedding, {cell.__name__} x{layers}, linear; clip {clip}; {options}", inputs, run)


torch.manual_seed(SEED)
recurrent("lstm")
recurrent("gru")
cross_entropy()
optimizers()
clipping()
training("trainLstm", nn.LSTM, torch.optim.Adam, dict(lr=0.01))
training("trainGru", nn.GRU, torch.optim.RMSprop, dict(lr=0.01))
