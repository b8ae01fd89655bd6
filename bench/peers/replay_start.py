"""Replays the recorded fine-tuning starts in PyTorch itself, and prints how far its own losses stray from the recorded ones.

    python3 replay_start.py SHARED_FOLDER

Each start holds a head, 20 batches and the loss that PyTorch saw at each. The same steps are taken in float32, with one
thread and with two, and in float64: what differs is rounding alone.
"""
import json, os, struct, sys

import numpy as np, torch, torch.nn as nn, torch.nn.functional as F

shared = sys.argv[1]
source = open(f"{shared}/peers/pytorch_tune.py").read().rsplit("\nmain()", 1)[0]
peer = {"__file__": f"{shared}/peers/pytorch_tune.py", "__name__": "peer"}
exec(compile(source, "pytorch_tune.py", "exec"), peer)

def safetensors(path):
    b = open(path, "rb").read(); n = struct.unpack("<Q", b[:8])[0]; head = json.loads(b[8:8 + n]); kinds = {"F32": np.float32, "I64": np.int64}
    return {k: torch.from_numpy(np.frombuffer(b[8 + n:], kinds[t["dtype"]], int(np.prod(t["shape"])), t["data_offsets"][0]).reshape(t["shape"]).copy()) for k, t in head.items() if k != "__metadata__"}

X, Y, classes = peer["load"](f"{shared}/data/cifar10/train", 64)

def replay(start, dtype, threads):
    torch.set_num_threads(threads)
    backbone, head = peer["TinyDarknet"]().to(dtype).eval(), nn.Linear(128, len(classes)).to(dtype)
    with torch.no_grad(): head.weight.copy_(start["weight"]); head.bias.copy_(start["bias"])
    optimizer, losses = torch.optim.SGD([*backbone.parameters(), *head.parameters()], lr=5e-5, momentum=0.9), []
    for i in start["batches"]:
        loss = F.cross_entropy(head(backbone(X[i].to(dtype) / 255)), Y[i]); optimizer.zero_grad(); loss.backward(); optimizer.step(); losses.append(loss.item())
    return torch.tensor(losses)

print("PyTorch", torch.__version__)
for name in sorted(os.listdir(f"{shared}/peers/start-cifar10")):
    start = safetensors(f"{shared}/peers/start-cifar10/{name}")
    for dtype, threads in [(torch.float32, 1), (torch.float32, 2), (torch.float64, 2)]:
        difference = (replay(start, dtype, threads) - start["losses"]).abs()
        print(f"{name} {dtype} threads {threads}: first five steps {difference[:5].max():.1e}, all {len(difference)} {difference.max():.1e}", flush=True)
