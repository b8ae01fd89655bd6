"""The networks of the benchmarks, random weights; each function gives a backbone of images and the width of its features."""
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F

def darknet():
    layers, pool = [], nn.MaxPool2d(2)
    for c in [(3, 16, 3), 0, (16, 32, 3), 0, (32, 16, 1), (16, 128, 3), (128, 16, 1), (16, 128, 3), 0, (128, 32, 1), (32, 256, 3), (256, 32, 1), (32, 256, 3), 0, (256, 64, 1), (64, 512, 3), (512, 64, 1), (64, 512, 3), (512, 128, 1)]:
        layers += [nn.Conv2d(c[0], c[1], c[2], padding=c[2] // 2, bias=False), nn.BatchNorm2d(c[1]), nn.LeakyReLU(0.1)] if c else [pool]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()), 128

class Block(nn.Module):
    def __init__(s, a, b, stride):
        super().__init__(); s.stride, s.extra = stride, b - a
        s.conv1, s.bn1 = nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b)
        s.conv2, s.bn2 = nn.Conv2d(b, b, 3, 1, 1, bias=False), nn.BatchNorm2d(b)
    def forward(s, x):
        y = s.bn2(s.conv2(F.relu(s.bn1(s.conv1(x)))))
        if s.extra: x = F.pad(x[:, :, ::s.stride, ::s.stride], (0, 0, 0, 0, s.extra // 2, s.extra // 2))
        return F.relu(x + y)

def resnet20():
    blocks = [Block(a, b, 2 if a != b else 1) for a, b in [(16, 16)] * 3 + [(16, 32)] + [(32, 32)] * 2 + [(32, 64)] + [(64, 64)] * 2]
    return nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten()), 64

class MBConv(nn.Module):
    def __init__(s, a, b, side, stride, expand):
        super().__init__(); s.skip = stride == 1 and a == b; m = a * expand
        conv = lambda i, o, k, st, g: [nn.Conv2d(i, o, k, st, k // 2, groups=g, bias=False), nn.BatchNorm2d(o)]
        s.layers = nn.Sequential(*([] if expand == 1 else conv(a, m, 1, 1, 1) + [nn.ReLU6()]), *conv(m, m, side, stride, m), nn.ReLU6(), *conv(m, b, 1, 1, 1))
    def forward(s, x): return x + s.layers(x) if s.skip else s.layers(x)

def lite0():
    """EfficientNet-Lite0."""
    stages, blocks, width = [(16, 3, 1, 1, 1), (24, 3, 2, 6, 2), (40, 5, 2, 6, 2), (80, 3, 2, 6, 3), (112, 5, 1, 6, 3), (192, 5, 2, 6, 4), (320, 3, 1, 6, 1)], [], 32
    for b, side, stride, expand, repeats in stages:
        for i in range(repeats): blocks.append(MBConv(width, b, side, 1 if i else stride, expand)); width = b
    ends = lambda a, b, k, st: [nn.Conv2d(a, b, k, st, k // 2, bias=False), nn.BatchNorm2d(b), nn.ReLU6()]
    return nn.Sequential(*ends(3, 32, 3, 2), *blocks, *ends(320, 1280, 1, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()), 1280


class GINLayer(nn.Module):
    """Hu et al. 2020: sums of what neighbours and bonds say, then two linear layers with BatchNorm."""
    def __init__(s, d, hidden, bonds=(5, 6, 2)):
        super().__init__(); s.bond = nn.ModuleList(nn.Embedding(k, d) for k in bonds); s.eps = nn.Parameter(torch.zeros(1))
        s.mlp = nn.Sequential(nn.Linear(d, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, d), nn.BatchNorm1d(d))
    def forward(s, h, source, target, bonds):
        e = sum(table(bonds[:, k]) for k, table in enumerate(s.bond))
        summed = torch.zeros_like(h).index_add(0, target, torch.relu(h[source] + e))
        return s.mlp((1 + s.eps) * h + summed)

class GIN(nn.Module):
    """On a disjoint union of molecules: 9 numbers an atom, 3 a bond, four layers of width 128, their mean over atoms."""
    def __init__(s, outputs, d=128, hidden=256, layers=4, atoms=(119, 5, 12, 12, 10, 6, 6, 2, 2)):
        super().__init__(); s.atom = nn.ModuleList(nn.Embedding(k, d) for k in atoms)
        s.layers = nn.ModuleList(GINLayer(d, hidden) for _ in range(layers)); s.head = nn.Linear(d, outputs)
    def forward(s, batch):
        x, edges, bonds, graph, counts = batch
        h = sum(table(x[:, k]) for k, table in enumerate(s.atom))
        for i, layer in enumerate(s.layers):
            h = layer(h, edges[0], edges[1], bonds)
            if i + 1 < len(s.layers): h = torch.relu(h)
        pooled = torch.zeros(len(counts), h.shape[1], device=h.device).index_add(0, graph, h) / counts.unsqueeze(1)
        return s.head(pooled)

def graphs_as_one(some):
    """Molecules `{ x, edge_index, edge_attr }` as one disjoint union."""
    n = [len(g["x"]) for g in some]; offsets = np.cumsum([0] + n[:-1])
    edges = np.concatenate([np.array(g["edge_index"], dtype=np.int64).reshape(2, -1) + o for g, o in zip(some, offsets)], 1)
    bonds = np.concatenate([np.array(g["edge_attr"], dtype=np.int64).reshape(-1, 3) for g in some])
    return tuple(map(torch.from_numpy, (np.concatenate([np.array(g["x"], dtype=np.int64) for g in some]), edges, bonds, np.repeat(np.arange(len(n)), n), np.array(n))))

class TextEncoder(nn.Module):
    """MiniLM-L6's sizes; attention by PyTorch's own fused kernel."""
    def __init__(s, outputs, length, layers=6, width=384, heads=12, hidden=1536, words=30522):
        super().__init__(); s.heads = heads
        s.word, s.position, s.norm = nn.Embedding(words, width), nn.Parameter(torch.randn(length, width) * 0.02), nn.LayerNorm(width)
        s.layers = nn.ModuleList(nn.ModuleDict({"qkv": nn.Linear(width, 3 * width), "out": nn.Linear(width, width), "n1": nn.LayerNorm(width), "up": nn.Linear(width, hidden), "down": nn.Linear(hidden, width), "n2": nn.LayerNorm(width)}) for _ in range(layers))
        s.head = nn.Linear(width, outputs)
    def forward(s, ids, real=None):
        """real: 1 for tokens, 0 for what fills up; all of them unless given."""
        x, seen = s.norm(s.word(ids) + s.position[:ids.shape[1]]), None if real is None else real[:, None, None, :].bool()
        for l in s.layers:
            q, k, v = (t.unflatten(-1, (s.heads, -1)).transpose(1, 2) for t in l["qkv"](x).chunk(3, -1))
            x = l["n1"](x + l["out"](F.scaled_dot_product_attention(q, k, v, attn_mask=seen).transpose(1, 2).flatten(2)))
            x = l["n2"](x + l["down"](F.gelu(l["up"](x))))
        return s.head(x.mean(1) if real is None else (x * real[..., None]).sum(1) / real.sum(1, keepdim=True))
