"""PyTorch's side of a benchmark case: `python3 pytorch.py KIND WHAT SIZE BATCH [adamw] [device=cuda] [threads=1] SHARED` prints { perSecond, peakBytes }.

The same networks, batches and optimizers as ours.js; weights are random, which changes no amount of work.
"""
import itertools, json, re, resource, sys, time

import numpy as np, torch, torch.nn as nn, torch.nn.functional as F

from networks import GIN, TextEncoder, darknet, graphs_as_one, lite0, resnet20

kind, what, size, batch = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
classes = 10
torch.set_num_threads(int(next((a.split("=")[1] for a in sys.argv if a.startswith("threads=")), "2"))); torch.manual_seed(0)
device = next((a.split("=")[1] for a in sys.argv if a.startswith("device=")), "cpu")
# float32 all the way, as ours: no TF32.
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False

def throughput(step, items):
    for _ in range(5): step()
    seconds = []
    for _ in range(30):
        start = time.perf_counter(); step(); seconds.append(time.perf_counter() - start)
    return items / float(np.median(seconds))

def on(x):
    return tuple(one.to(device) for one in x) if isinstance(x, tuple) else x.to(device)

def training(model, x, y=torch.arange(batch) % classes):
    model = model.to(device)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-5, fused=True) if "adamw" in sys.argv else torch.optim.SGD(trained, lr=1e-5, momentum=0.9)
    def step():
        loss = F.cross_entropy(model(on(x())), y.to(device)); optimizer.zero_grad(); loss.backward(); optimizer.step(); loss.item()
    return throughput(step, batch)

def image_step():
    backbone, width = {"darknet": darknet, "lite0": lite0, "resnet20": resnet20}[what]()
    x = torch.randint(0, 256, (batch, 3, size, size), dtype=torch.uint8)
    return training(nn.Sequential(backbone.eval(), nn.Linear(width, classes)), lambda: x.to(device).float() / 255)

def pixel_step():
    """Logits of the last map, resized to the picture."""
    backbone, width = darknet()
    class Dense(nn.Module):
        def __init__(s): super().__init__(); s.features, s.logits = backbone[:-2].eval(), nn.Conv2d(width, classes, 1)
        def forward(s, x): return F.interpolate(s.logits(s.features(x)), size=(size, size), mode="bilinear", align_corners=False)
    x = torch.randint(0, 256, (batch, 3, size, size), dtype=torch.uint8)
    return training(Dense(), lambda: x.to(device).float() / 255, (torch.arange(batch * size * size) % classes).reshape(batch, size, size))

def text_step():
    layers = re.search(r"\d+$", what)
    model = TextEncoder(classes, size, layers=int(layers[0]) if layers else 6)
    if what.startswith("frozen"): model.word.weight.requires_grad_(False); model.position.requires_grad_(False); [p.requires_grad_(False) for p in model.norm.parameters()]
    ids = torch.randint(0, 30522, (batch, size))
    return training(model, lambda: ids)

def lengths_step():
    """Banking77's texts: a number for each word and sign, between two that mark their ends."""
    with open(sys.argv[-1] + "/data/banking77/train.csv") as file: lines = file.read().split("\n")[1:-1]
    words = [re.findall(r"\w+|[^\w\s]", line[: line.rfind(",")].lower(), re.ASCII) for line in lines]
    numbers = {word: 1000 + i for i, word in enumerate(dict.fromkeys(word for text in words for word in text))}
    texts = [torch.tensor([101, *(numbers[word] for word in text), 102]) for text in words]
    order = torch.randperm(len(texts)).tolist(); turns = itertools.cycle(range(0, len(order) - batch + 1, batch))
    def padded():
        at = next(turns); own = [texts[i] for i in order[at : at + batch]]
        lengths = torch.tensor([len(text) for text in own])
        ids = nn.utils.rnn.pad_sequence(own, batch_first=True)
        return ids, (torch.arange(ids.shape[1]) < lengths[:, None]).float()
    class OnPair(nn.Module):
        def __init__(s): super().__init__(); s.encoder = TextEncoder(77, 512)
        def forward(s, pair): return s.encoder(*pair)
    return training(OnPair(), padded)

def graph_step():
    with open(sys.argv[-1] + "/molecules.json") as file: graphs = json.load(file)
    batches = [graphs_as_one(graphs[i : i + batch]) for i in range(0, len(graphs), batch)]
    turns = itertools.cycle(batches)
    # Evaluation mode: BatchNorm as fine-tuning leaves it.
    return training(GIN(classes).eval(), lambda: next(turns))

def features():
    backbone, _ = darknet(); backbone.eval(); x = torch.randint(0, 256, (batch, 3, size, size), dtype=torch.uint8)
    def run(count):
        with torch.no_grad(): return torch.cat([backbone(x.float() / 255) for _ in range(count // batch)])
    run(2 * batch); start = time.perf_counter(); run(1024)
    return 1024 / (time.perf_counter() - start)

def probing():
    y = torch.arange(3000) % classes; z = torch.randn(3000, 128) + 2 * F.one_hot(y, 128)
    head = nn.Linear(128, classes); optimizer = torch.optim.SGD(head.parameters(), lr=1e-2, momentum=0.9); start = time.perf_counter()
    for _ in range(size):
        for i in torch.randperm(3000).split(batch):
            loss = F.cross_entropy(head(z[i]), y[i]); optimizer.zero_grad(); loss.backward(); optimizer.step()
    return size / (time.perf_counter() - start)

rate = {"step": image_step, "pixels": pixel_step, "text": text_step, "graph": graph_step, "lengths": lengths_step, "features": features, "probe": probing}[kind]()
print(json.dumps({"perSecond": rate, "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
