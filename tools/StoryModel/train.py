"""Trains the story model: a Llama with RMSNorm, interleaved RoPE, SwiGLU and grouped queries, on one CPU thread.

The data is a stream of rows (see Tokenizing/RowPacker.cs): 1,024 little-endian 16-bit words, of which the low 15 bits are
the token and the high bit says that it is to be learned. Step s takes rows s*B .. s*B+B-1, nothing but the first
weights is random, and one thread adds in one order: a run that was stopped and goes on from its last checkpoint
gives the same bits as one that was not.

Matrices are multiplied in bfloat16 with sums in float32; weights, optimizer, residual stream, norms and loss are
float32.
"""

import argparse
import json
import math
import os
import struct
import sys
import time

try:
    import numpy
    import torch
except ImportError as missing:
    sys.exit(f"train.py: {missing}; on Debian: apt-get install python3-torch libopenblas0-pthread, run by /usr/bin/python3")

CONTEXT = 1024
LEARNED = 0x8000
BEGIN = 0  # the token that begins a document
SHAPES = {
    "main": dict(width=256, layers=6, heads=4, kv_heads=2, ffn=768, vocabulary=2048),
    "draft": dict(width=128, layers=2, heads=2, kv_heads=1, ffn=384, vocabulary=2048),
    "tiny": dict(width=32, layers=2, heads=2, kv_heads=1, ffn=64, vocabulary=2048),  # for tests
}
ROPE_BASE = 10000.0
EPSILON = 1e-5
BETAS = (0.9, 0.98)
WEIGHT_DECAY = 0.1
CLIP = 1.0
CHUNK = 128  # queries that attention takes at a time
LOSS_ROWS = 1024  # logits that exist at a time


def parameters(shape, seed):
    """Named weights, [out, in] as GGUF stores them (innermost last here), drawn in the order of their names."""
    width, ffn = shape["width"], shape["ffn"]
    head = width // shape["heads"]
    kv = head * shape["kv_heads"]
    sizes = {"token_embd.weight": (shape["vocabulary"], width), "output_norm.weight": (width,)}
    for layer in range(shape["layers"]):
        block = f"blk.{layer}."
        sizes |= {
            block + "attn_norm.weight": (width,),
            block + "attn_q.weight": (width, width),
            block + "attn_k.weight": (kv, width),
            block + "attn_v.weight": (kv, width),
            block + "attn_output.weight": (width, width),
            block + "ffn_norm.weight": (width,),
            block + "ffn_gate.weight": (ffn, width),
            block + "ffn_up.weight": (ffn, width),
            block + "ffn_down.weight": (width, ffn),
        }
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for name in sorted(sizes):
        size = sizes[name]
        if len(size) == 1:
            weights[name] = torch.ones(size)
        else:
            deviation = 0.05 if name.startswith("token_embd") else size[1] ** -0.5 / 2
            if "attn_output" in name or "ffn_down" in name:
                deviation /= math.sqrt(2 * shape["layers"])
            weights[name] = torch.randn(size, generator=generator) * deviation
    return {name: weight.requires_grad_() for name, weight in weights.items()}


class Linear(torch.autograd.Function):
    """y = x W^T in bfloat16; the gradient of W is float32."""

    @staticmethod
    def forward(context, x, weight):
        half = weight.bfloat16()
        context.save_for_backward(x, half)
        return torch.nn.functional.linear(x, half)

    @staticmethod
    def backward(context, gradient):
        x, half = context.saved_tensors
        return gradient @ half, (gradient.t() @ x).float()


class Norm(torch.autograd.Function):
    """RMSNorm of a float32 stream [tokens, width] to bfloat16."""

    @staticmethod
    def forward(context, x, weight):
        scale = torch.rsqrt(x.square().mean(-1, keepdim=True) + EPSILON)
        normed = x * scale
        context.save_for_backward(normed, scale, weight)
        return (normed * weight).bfloat16()

    @staticmethod
    def backward(context, gradient):
        normed, scale, weight = context.saved_tensors
        gradient = gradient.float()
        inner = gradient * weight
        along = (inner * normed).mean(-1, keepdim=True)
        return inner.addcmul_(normed, along, value=-1).mul_(scale), (gradient * normed).sum(0)


class SwiGlu(torch.autograd.Function):
    """silu(gate) * up of [tokens, 2 ffn] in bfloat16."""

    @staticmethod
    def forward(context, both):
        context.save_for_backward(both)
        gate, up = both.float().chunk(2, -1)
        return (torch.sigmoid(gate).mul_(gate).mul_(up)).bfloat16()

    @staticmethod
    def backward(context, gradient):
        (both,) = context.saved_tensors
        gate, up = both.float().chunk(2, -1)
        gradient = gradient.float()
        sigmoid = torch.sigmoid(gate)
        silu = sigmoid * gate
        slope = (1 - sigmoid).mul_(silu).add_(sigmoid)
        result = torch.empty_like(both)
        ffn = gate.shape[-1]
        result[:, :ffn] = slope.mul_(up).mul_(gradient)
        result[:, ffn:] = silu.mul_(gradient)
        return result


class Attention(torch.autograd.Function):
    """Causal attention within each document: q [sequences, kv heads, group, length, head] over k, v [sequences, kv heads, length, head], a chunk of `chunks` at a time."""

    @staticmethod
    def forward(context, q, k, v, chunks):
        out = torch.empty_like(q)
        kept = []
        for row, first, start, end, mask in chunks:
            queries = q[row, :, :, start:end].flatten(1, 2)
            scores = torch.bmm(queries, k[row, :, first:end].transpose(1, 2)).float()
            scores.view(-1, *mask.shape).add_(mask)
            weights = torch.softmax(scores, -1).bfloat16()
            kept.append(weights)
            out[row, :, :, start:end] = torch.bmm(weights, v[row, :, first:end]).view(*q.shape[1:3], end - start, -1)
        context.save_for_backward(q, k, v, out, *kept)
        context.chunks = chunks
        return out

    @staticmethod
    def backward(context, gradient):
        q, k, v, out, *kept = context.saved_tensors
        dq = torch.empty_like(q)
        dk, dv = torch.zeros(k.shape), torch.zeros(v.shape)
        # The sum over keys of weight * its gradient is the product of an output and its gradient.
        along = (gradient.float() * out.float()).sum(-1, keepdim=True)
        for weights, (row, first, start, end, _) in zip(kept, context.chunks):
            queries = q[row, :, :, start:end].flatten(1, 2)
            incoming = gradient[row, :, :, start:end].flatten(1, 2)
            dv[row, :, first:end] += torch.bmm(weights.transpose(1, 2), incoming)
            slope = torch.bmm(incoming, v[row, :, first:end].transpose(1, 2)).float()
            slope = slope.sub_(along[row, :, :, start:end].flatten(1, 2)).mul_(weights).bfloat16()
            dq[row, :, :, start:end] = torch.bmm(slope, k[row, :, first:end]).view(*q.shape[1:3], end - start, -1)
            dk[row, :, first:end] += torch.bmm(slope.transpose(1, 2), queries)
        return dq, dk.bfloat16(), dv.bfloat16(), None


def chunks_of(tokens):
    """What attention takes at a time: (row, first key, first query, end of both, mask [queries, keys]). A document begins with token 0 and is all that its tokens see."""
    positions = torch.arange(tokens.shape[1])
    starts = torch.where(tokens == BEGIN, positions, 0).cummax(1).values
    chunks = []
    for row in range(tokens.shape[0]):
        for start in range(0, tokens.shape[1], CHUNK):
            end = min(start + CHUNK, tokens.shape[1])
            first = int(starts[row, start])
            keys, queries = positions[first:end], positions[start:end, None]
            seen = (keys <= queries) & (keys >= starts[row, start:end, None])
            chunks.append((row, first, start, end, torch.where(seen, 0.0, -math.inf)))
    return chunks


class Loss(torch.autograd.Function):
    """The sum of -log p(target) over learned targets, over so many; logits exist for a few rows at a time."""

    @staticmethod
    def forward(context, x, weight, targets, count):
        half = weight.bfloat16()
        dx, dw = torch.empty_like(x), torch.zeros_like(weight)
        total = torch.zeros(())
        for start in range(0, x.shape[0], LOSS_ROWS):
            rows, wanted = x[start : start + LOSS_ROWS], targets[start : start + LOSS_ROWS, None]
            learned = wanted >= 0
            wanted = wanted.clamp(min=0)
            log_p = torch.log_softmax((rows @ half.t()).float(), -1)
            total -= (log_p.gather(1, wanted) * learned).sum()
            p = log_p.exp_().scatter_add_(1, wanted, torch.full(wanted.shape, -1.0))
            slope = p.mul_(learned / count).bfloat16()
            dx[start : start + LOSS_ROWS] = slope @ half
            dw += slope.t() @ rows
        context.save_for_backward(dx, dw)
        return total / count

    @staticmethod
    def backward(context, gradient):
        dx, dw = context.saved_tensors
        return dx * gradient, dw * gradient, None, None


def rotate(x, turns):
    """RoPE over pairs of neighbours, as GGUF's llama has it: [sequences, length, heads, head] in bfloat16."""
    pairs = torch.view_as_complex(x.float().unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * turns).flatten(-2).bfloat16()


class Model:
    def __init__(self, shape, weights):
        self.shape, self.weights = shape, weights
        head = shape["width"] // shape["heads"]
        angles = torch.outer(torch.arange(CONTEXT), ROPE_BASE ** (-torch.arange(0, head, 2).double() / head))
        self.turns = torch.polar(torch.ones_like(angles), angles).to(torch.complex64)[:, None]

    def loss(self, tokens, targets, count):
        """tokens, targets: [sequences, length]; a target below 0 is not learned."""
        weights, shape = self.weights, self.shape
        batch, length = tokens.shape
        heads, kv_heads = shape["heads"], shape["kv_heads"]
        head, group = shape["width"] // heads, heads // kv_heads
        turns, chunks = self.turns[:length], chunks_of(tokens)
        x = torch.nn.functional.embedding(tokens.flatten(), weights["token_embd.weight"])
        for layer in range(shape["layers"]):
            w = lambda name: weights[f"blk.{layer}.{name}.weight"]
            normed = Norm.apply(x, w("attn_norm"))
            qkv = Linear.apply(normed, torch.cat((w("attn_q"), w("attn_k"), w("attn_v"))))
            qkv = qkv.view(batch, length, heads + 2 * kv_heads, head)
            # The scale of the scores goes into the query.
            q = rotate(qkv[:, :, :heads], turns * head**-0.5).transpose(1, 2)
            k = rotate(qkv[:, :, heads : heads + kv_heads], turns).transpose(1, 2)
            v = qkv[:, :, heads + kv_heads :].transpose(1, 2)
            out = Attention.apply(q.reshape(batch, kv_heads, group, length, head), k.contiguous(), v.contiguous(), chunks)
            out = out.view(batch, heads, length, head).transpose(1, 2).reshape(batch * length, -1)
            x = x + Linear.apply(out, w("attn_output")).float()
            normed = Norm.apply(x, w("ffn_norm"))
            hidden = SwiGlu.apply(Linear.apply(normed, torch.cat((w("ffn_gate"), w("ffn_up")))))
            x = x + Linear.apply(hidden, w("ffn_down")).float()
        x = Norm.apply(x, weights["output_norm.weight"])
        return Loss.apply(x, weights["token_embd.weight"], targets.flatten(), count)


class Rows:
    """The rows of a data file."""

    def __init__(self, path):
        self.words = numpy.memmap(path, dtype="<u2", mode="r").reshape(-1, CONTEXT)

    def take(self, start, count):
        words = torch.from_numpy(self.words[start : start + count].astype(numpy.int64))
        tokens = words & ~LEARNED
        targets = torch.full_like(tokens, -1)
        targets[:, :-1] = torch.where((words[:, 1:] & LEARNED) != 0, tokens[:, 1:], -1)
        return tokens, targets, max(1, int((targets >= 0).sum()))


def save(path, write):
    """Writes a file so that at any moment either the old or the new one is there, whole."""
    with open(path + ".new", "wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)


def write_safetensors(file, weights, notes):
    header, offset = {"__metadata__": notes}, 0
    for name, weight in weights.items():
        header[name] = {"dtype": "F32", "shape": list(weight.shape), "data_offsets": [offset, offset + 4 * weight.numel()]}
        offset += 4 * weight.numel()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write(struct.pack("<Q", len(text)) + text)
    for weight in weights.values():
        file.write(weight.detach().numpy().astype("<f4").tobytes())


def learning_rate(step, steps, peak):
    """Linear warm-up, then half a cosine down to 2 %."""
    warm = min(200, max(1, steps // 20))
    if step < warm:
        return peak * (step + 1) / warm
    return peak * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm))))


class Run:
    def __init__(self, options):
        self.options = options
        self.shape = SHAPES[options.shape]
        self.weights = parameters(self.shape, options.seed)
        self.model = Model(self.shape, self.weights)
        matrices = [weight for weight in self.weights.values() if weight.dim() > 1]
        vectors = [weight for weight in self.weights.values() if weight.dim() == 1]
        self.optimizer = torch.optim.AdamW(
            [dict(params=matrices, weight_decay=WEIGHT_DECAY), dict(params=vectors, weight_decay=0.0)], betas=BETAS, foreach=True
        )
        self.train, self.valid = Rows(options.train), Rows(options.valid)
        needed = options.steps * options.batch
        if needed > len(self.train.words):
            sys.exit(f"train.py: {options.steps} steps of {options.batch} rows need {needed} rows, {options.train} has {len(self.train.words)}")
        self.step, self.log = 0, []
        os.makedirs(options.out, exist_ok=True)
        self.checkpoint = os.path.join(options.out, "checkpoint.pt")
        self.plan = dict(shape=options.shape, seed=options.seed, steps=options.steps, batch=options.batch, micro=options.micro, rate=options.rate)
        if os.path.exists(self.checkpoint):
            self.load()

    def load(self):
        state = torch.load(self.checkpoint)
        if state["plan"] != self.plan:
            sys.exit(f"train.py: {self.checkpoint} is of another run: {state['plan']}, asked for {self.plan}")
        with torch.no_grad():
            for name, weight in self.weights.items():
                weight.copy_(state["weights"][name])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.log = state["step"], state["log"]

    def save(self):
        state = dict(plan=self.plan, step=self.step, log=self.log, weights=self.weights, optimizer=self.optimizer.state_dict())
        save(self.checkpoint, lambda file: torch.save(state, file))
        notes = {key: str(value) for key, value in {**self.shape, **self.plan, "step": self.step, "rope_base": ROPE_BASE, "epsilon": EPSILON, "context": CONTEXT}.items()}
        save(os.path.join(self.options.out, "weights.safetensors"), lambda file: write_safetensors(file, self.weights, notes))
        lines = ["step,tokens,train_loss,valid_loss,tokens_per_second"] + self.log
        save(os.path.join(self.options.out, "log.csv"), lambda file: file.write(("\n".join(lines) + "\n").encode()))

    def update(self):
        """One step; returns the loss."""
        options = self.options
        tokens, targets, count = self.train.take(self.step * options.batch, options.batch)
        total = 0.0
        for start in range(0, options.batch, options.micro):
            part = slice(start, start + options.micro)
            loss = self.model.loss(tokens[part], targets[part], count)
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(self.weights.values(), CLIP)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, options.steps, options.rate)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return total

    def evaluate(self, rows):
        """The mean loss over the first rows of the held-out data."""
        total, counted = 0.0, 0
        rows = min(rows, len(self.valid.words))
        with torch.no_grad():
            for start in range(0, rows, self.options.micro):
                tokens, targets, count = self.valid.take(start, min(self.options.micro, rows - start))
                total += self.model.loss(tokens, targets, count).item() * count
                counted += count
        return total / counted

    def go(self):
        options = self.options
        saved = began = time.monotonic()
        losses, first = [], self.step
        while self.step < options.steps:
            losses.append(self.update())
            done = self.step == options.steps
            if self.step % options.log_every == 0 or done:
                speed = (self.step - first) * options.batch * CONTEXT / (time.monotonic() - began)
                valid = self.evaluate(options.valid_rows)
                # The speed is the only thing here that another run need not repeat.
                self.log.append(f"{self.step},{self.step * options.batch * CONTEXT},{sum(losses) / len(losses):.4f},{valid:.4f},{speed:.0f}")
                print(self.log[-1], flush=True)
                losses, first, began = [], self.step, time.monotonic()
                # Only here: a run that goes on begins a new mean where the other did.
                if done or time.monotonic() - saved > options.save_seconds:
                    self.save()
                    saved = began = time.monotonic()
        if not os.path.exists(os.path.join(options.out, "weights.safetensors")):
            self.save()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=SHAPES, required=True)
    parser.add_argument("--train", required=True)
    parser.add_argument("--valid", required=True)
    parser.add_argument("--out", required=True, help="folder of the checkpoint, the weights and the log; goes on from what is there")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--batch", type=int, default=16, help="rows a step")
    parser.add_argument("--micro", type=int, default=4, help="rows at a time")
    parser.add_argument("--rate", type=float, default=1.5e-3, help="peak learning rate")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--log-every", type=int, default=50)
    parser.add_argument("--valid-rows", type=int, default=16)
    parser.add_argument("--save-seconds", type=float, default=120)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    Run(options).go()


if __name__ == "__main__":
    main()
