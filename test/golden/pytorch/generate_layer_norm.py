"""Writes lstmNorm.json and gruNorm.json: two-layer normalised cells built of torch.nn.functional.layer_norm, one step at a time.

    pip install torch && python generate_layer_norm.py

PyTorch has no layer-normalised LSTM or GRU; these loops are written from Ba, Kiros & Hinton 2016 (supplement), with F.layer_norm
and autograd doing the arithmetic. Made with torch 2.15.0 (CPU, one thread), seed 20261121; the form of the files is generate.py's.
"""
import importlib.util
import pathlib

import torch
from torch.nn.functional import layer_norm

# generate.py writes its own files when it is run; only its functions are wanted here
source = (pathlib.Path(__file__).parent / "generate.py").read_text().split("torch.manual_seed(SEED)")[0]
shared = {"__file__": str(pathlib.Path(__file__).parent / "generate.py"), "__name__": "shared"}
exec(compile(source, "generate.py", "exec"), shared)
SEED, array, arrays, normal, write = (shared[name] for name in ("SEED", "array", "arrays", "normal", "write"))
EPSILON = 1e-5


def norm(x, gain):
    return layer_norm(x, x.shape[-1:], weight=gain, eps=EPSILON)


def lstm_step(w, x, h, c):
    z = norm(x @ w["weight_ih"].T, w["gain_ih"]) + w["bias_ih"] + norm(h @ w["weight_hh"].T, w["gain_hh"]) + w["bias_hh"]
    i, f, g, o = z.chunk(4, dim=-1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(norm(c, w["gain_c"]) + w["bias_c"]), c


def gru_step(w, x, h, c):
    H = h.shape[-1]

    def side(v, name):
        p = v @ w["weight_" + name].T
        gain, bias = w["gain_" + name], w["bias_" + name]
        together = norm(p[..., : 2 * H], gain[: 2 * H]) + bias[: 2 * H]
        return together, norm(p[..., 2 * H :], gain[2 * H :]) + bias[2 * H :]

    (rz_x, n_x), (rz_h, n_h) = side(x, "ih"), side(h, "hh")
    r, z = torch.sigmoid(rz_x + rz_h).chunk(2, dim=-1)
    n = torch.tanh(n_x + r * n_h)
    return (1 - z) * n + z * h, c


def recurrent(kind, T=5, B=3, D=4, H=6, layers=2):
    """loss = sum(y * wy) + sum(hn * wh) + sum(cn * wc) with given random weights, as in generate.py."""
    is_lstm = kind == "lstm"
    G = 4 if is_lstm else 3
    shapes = {}
    for l in range(layers):
        own = {"weight_ih": (G * H, D if l == 0 else H), "weight_hh": (G * H, H), "bias_ih": (G * H,), "bias_hh": (G * H,)}
        own.update(gain_ih=(G * H,), gain_hh=(G * H,))
        if is_lstm:
            own.update(gain_c=(H,), bias_c=(H,))
        shapes.update({f"{name}_l{l}": shape for name, shape in own.items()})
    inputs = {name: normal(*shape, scale=0.5) + (1 if name.startswith("gain") else 0) for name, shape in shapes.items()}
    inputs.update(x=normal(T, B, D), h0=normal(layers, B, H), wy=normal(T, B, H), wh=normal(layers, B, H))
    if is_lstm:
        inputs.update(c0=normal(layers, B, H), wc=normal(layers, B, H))

    def run(given):
        names = [*shapes, "x", "h0", *(["c0"] if is_lstm else [])]
        leaves = {name: given[name].clone().requires_grad_() for name in names}
        y, finals = leaves["x"], []
        for l in range(layers):
            w = {name[: -len(f"_l{l}")]: leaves[name] for name in shapes if name.endswith(f"_l{l}")}
            h = leaves["h0"][l]
            c = leaves["c0"][l] if is_lstm else None
            steps = []
            for x in y:
                h, c = (lstm_step if is_lstm else gru_step)(w, x, h, c)
                steps.append(h)
            y = torch.stack(steps)
            finals.append((h, c))
        out = {"y": y, "h": torch.stack([h for h, _ in finals])}
        loss = (y * given["wy"]).sum() + (out["h"] * given["wh"]).sum()
        if is_lstm:
            out["c"] = torch.stack([c for _, c in finals])
            loss = loss + (out["c"] * given["wc"]).sum()
        loss.backward()
        out["loss"] = loss
        return {"outputs": arrays(out), "gradients": arrays({name: leaf.grad for name, leaf in leaves.items()})}

    write(f"{kind}Norm", f"layer-normalised {kind.upper()}, {layers} layers, T={T} B={B} D={D} H={H}", inputs, run)


torch.manual_seed(SEED)
recurrent("lstm")
recurrent("gru")
