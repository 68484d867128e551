"""
The step in PyTorch: python pytorch.py --kind lstm|cell --hidden 128 --rate 0.25

lstm: nn.LSTM, no dropout, PyTorch's own best road (oneDNN where its build has it).
cell: a loop of nn.LSTMCell with variational masks, which nn.LSTM cannot do: one mask per row and window on x, on h on its way
      into the product, and on the output; fresh at every window.
"""
import argparse
import json
import sys
import time

import torch
from torch import nn

VOCABULARY, EMBEDDING, BATCH, STEPS = 65, 64, 32, 64

options = argparse.ArgumentParser()
options.add_argument("--kind", choices=["lstm", "cell"], default="lstm")
options.add_argument("--hidden", type=int, default=128)
options.add_argument("--rate", type=float, default=0.25, help="fraction dropped")
options = options.parse_args()
H = options.hidden
torch.set_num_threads(1)
torch.manual_seed(1)


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, EMBEDDING)
        self.lstm = nn.LSTM(EMBEDDING, H)
        self.decoder = nn.Linear(H, VOCABULARY)

    def forward(self, ids, state):
        hs, (h, c) = self.lstm(self.embedding(ids), (state[0][None], state[1][None]))
        return self.decoder(hs), (h[0], c[0])


class MaskedCell(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, EMBEDDING)
        self.cell = nn.LSTMCell(EMBEDDING, H)
        self.decoder = nn.Linear(H, VOCABULARY)

    def forward(self, ids, state):
        h, c = state
        x_mask, h_mask, out_mask = (mask(size) for size in (EMBEDDING, H, H))
        xs = self.embedding(ids) * x_mask
        hs = []
        for x in xs.unbind(0):
            h, c = self.cell(x, (h * h_mask, c))
            hs.append(h)
        return self.decoder(torch.stack(hs) * out_mask), (h, c)


def mask(size):
    return torch.empty(BATCH, size).bernoulli_(1 - options.rate).div_(1 - options.rate)


def adam(parameters):
    """The fused update where this version has it on the CPU (1.13 has not): one pass, as ours."""
    parameters = list(parameters)
    try:
        return torch.optim.Adam(parameters, lr=1e-3, fused=True)
    except (TypeError, RuntimeError):
        return torch.optim.Adam(parameters, lr=1e-3)


model = Lstm() if options.kind == "lstm" else MaskedCell()
optimiser = adam(model.parameters())
windows = torch.randint(0, VOCABULARY, (8, STEPS + 1, BATCH))
state = (torch.zeros(BATCH, H), torch.zeros(BATCH, H))


def step(window):
    """One update on a window [T + 1, B]; the state is carried, without its history."""
    global state
    logits, (h, c) = model(window[:-1], state)
    loss = nn.functional.cross_entropy(logits.view(-1, VOCABULARY), window[1:].reshape(-1))
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimiser.step()
    state = (h.detach(), c.detach())
    return loss.item()


def say(message):
    print(json.dumps(message), flush=True)


warm_up = [step(windows[0]) for _ in range(10)]
details = "oneDNN " + ("on" if torch.backends.mkldnn.is_available() else "off") + ", " + (
    "MKL" if torch.backends.mkl.is_available() else "OpenBLAS")
say({"name": f"PyTorch {'nn.LSTM' if options.kind == 'lstm' else 'LSTMCell loop, masks'}",
     "version": f"{torch.__version__} ({details})", "losses": warm_up})
count = 0
for line in sys.stdin:
    seconds = json.loads(line)["turn"]
    start, cpu, chars = time.perf_counter(), time.process_time(), 0
    while chars == 0 or time.perf_counter() - start < seconds:
        loss = step(windows[count % len(windows)])
        count += 1
        chars += BATCH * STEPS
    say({"chars": chars, "seconds": time.perf_counter() - start,
         "cpu": time.process_time() - cpu, "loss": loss})
