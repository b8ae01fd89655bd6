"""The whole job in PyTorch: probe a head, fine-tune from each tau, score every epoch. Prints { perSecond, peakBytes }.

    python3 pytorch_tune.py cached|naive TAUS EPOCHS [RATES] SHARED_FOLDER

cached computes the frozen features once, as a careful user does; naive runs the frozen backbone in every probing epoch, as
freeze-then-unfreeze loops do. RATES is how many learning rates the job is run at, each from the start; 1 unless given. Weights are random: they change no amount of work. perSecond is jobs per second.
"""
import copy, json, os, resource, sys, time

# Before PyTorch is imported, as ours before Node.js is started.
start = time.perf_counter()
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
from PIL import Image

from networks import darknet

probing, taus, epochs, shared = sys.argv[1], [int(t) for t in sys.argv[2].split(",")], int(sys.argv[3]), sys.argv[-1]
rates = int(sys.argv[4]) if len(sys.argv) > 5 else 1
size, batch, classes = 64, 64, 10
torch.set_num_threads(2); torch.manual_seed(0)

def load(folder):
    images, labels = [], []
    for y, name in enumerate(sorted(os.listdir(folder))):
        for file in sorted(os.listdir(f"{folder}/{name}")):
            images.append(np.asarray(Image.open(f"{folder}/{name}/{file}").convert("RGB").resize((size, size), Image.BILINEAR)).transpose(2, 0, 1)); labels.append(y)
    return torch.from_numpy(np.stack(images)), torch.tensor(labels)

def features(backbone, x):
    backbone.eval()
    with torch.no_grad(): return torch.cat([backbone(part.float() / 255) for part in x.split(128)])

(x, y), (xv, yv) = load(f"{shared}/data/cifar10/train"), load(f"{shared}/data/cifar10/test")
base, width = darknet(); z, zv = features(base, x), features(base, xv)
for _ in range(rates):
    head, heads = nn.Linear(width, classes), {}
    optimizer = torch.optim.SGD(head.parameters(), lr=2e-4, momentum=0.9)
    for epoch in range(max(taus) + 1):
        if epoch in taus: heads[epoch] = copy.deepcopy(head)
        for i in torch.randperm(len(x)).split(batch) if epoch < max(taus) else []:
            loss = F.cross_entropy(head(z[i] if probing == "cached" else features(base, x[i])), y[i]); optimizer.zero_grad(); loss.backward(); optimizer.step()
    for tau in taus:
        backbone, h = copy.deepcopy(base).eval(), copy.deepcopy(heads[tau])
        optimizer = torch.optim.SGD([*backbone.parameters(), *h.parameters()], lr=5e-5, momentum=0.9)
        for epoch in range(epochs):
            for i in torch.randperm(len(x)).split(batch):
                loss = F.cross_entropy(h(backbone(x[i].float() / 255)), y[i]); optimizer.zero_grad(); loss.backward(); optimizer.step()
            with torch.no_grad(): (h(features(backbone, xv)).argmax(1) == yv).float().mean().item()
        features(backbone, x)
print(json.dumps({"perSecond": 1 / (time.perf_counter() - start), "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
