"""One fine-tuning run in PyTorch, as most people make it: a random head, everything trained at one rate, validation after each epoch,
the test set at the end. Prints { perSecond, peakBytes }; the clock starts before PyTorch is imported, as ours before Node.js is started.

    python3 pytorch_job.py cifar10|sign-digits|banking77|bbbp EPOCHS FOLDER

The folder is what bench/jobs.ts makes; texts come as tokens and molecules as graphs, so that neither tokenizer nor RDKit is timed here.
A fifth of the training samples validates; batches as the command has them by default. Weights are random: they change no amount of work.
"""
import json, os, random, resource, sys, time

start = time.perf_counter()
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
from PIL import Image

from networks import GIN, TextEncoder, darknet, graphs_as_one

task, epochs, folder = sys.argv[1], int(sys.argv[2]), sys.argv[-1]
torch.set_num_threads(2); torch.manual_seed(0); random.seed(0)

def images(set):
    at = f"{folder}/data/{task}/{set}"; x, y = [], []
    for label, name in enumerate(sorted(os.listdir(at))):
        for file in sorted(os.listdir(f"{at}/{name}")):
            x.append(np.asarray(Image.open(f"{at}/{name}/{file}").convert("RGB").resize((64, 64), Image.BILINEAR)).transpose(2, 0, 1)); y.append(label)
    return x, y

def given(set):
    with open(f"{folder}/inputs.json") as file: own = json.load(file)[set]
    return own["samples"], own["labels"]

def pixels(some): return (torch.from_numpy(np.stack(some)).float() / 255,)

def padded(some):
    longest = max(map(len, some)); ids = torch.zeros(len(some), longest, dtype=torch.int64); real = torch.zeros(len(some), longest)
    for row, own in enumerate(some): ids[row, : len(own)] = torch.tensor(own); real[row, : len(own)] = 1
    return ids, real

read = given if task in ("banking77", "bbbp") else images
(x, y), (x_test, y_test) = read("train"), read("test")
outputs = max(y) + 1
if task == "banking77":
    model, batch, feed = TextEncoder(outputs, 512), 32, padded
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5)
else:
    backbone, width = darknet() if task != "bbbp" else (GIN(outputs), 0)
    model = backbone if task == "bbbp" else nn.Sequential(backbone, nn.Linear(width, outputs))
    batch, feed = 64, pixels if task != "bbbp" else lambda some: (graphs_as_one(some),)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
order = list(range(len(x))); random.shuffle(order); cut = len(x) // 5
validation, train = order[:cut], order[cut:]

def score(x, y, chosen):
    right = 0
    # Texts of like length together, as any careful script scores them.
    if task == "banking77": chosen = sorted(chosen, key=lambda i: len(x[i]))
    with torch.no_grad():
        for i in range(0, len(chosen), 128):
            own = chosen[i : i + 128]
            right += (model(*feed([x[j] for j in own])).argmax(1) == torch.tensor([y[j] for j in own])).sum().item()
    return right / len(chosen)

# Evaluation mode throughout: no dropout is left in these models, and BatchNorm keeps its statistics, as fine-tuning does.
model.eval()
for epoch in range(epochs):
    random.shuffle(train)
    for i in range(0, len(train), batch):
        own = train[i : i + batch]
        loss = F.cross_entropy(model(*feed([x[j] for j in own])), torch.tensor([y[j] for j in own]))
        optimizer.zero_grad(); loss.backward(); optimizer.step(); loss.item()
    score(x, y, validation)
score(x_test, y_test, list(range(len(x_test))))
print(json.dumps({"perSecond": 1 / (time.perf_counter() - start), "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
