"""The networks that training fits: MiniLM encoders with heads, and a linear model over hashed n-grams beside them.

Only training imports this module, and with it torch; serving runs the exported ONNX graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import AutoModel

from agent.risk.classifier import OUTPUTS
from agent.risk.features import NGRAM_BITS


class Dropout(nn.Module):
    """What ``nn.Dropout`` does, with one random byte for each value: torch draws a number from its generator for each, which alone
    is a sixth of a training step on a processor. ``p`` is rounded to a 256th."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p
        self._below = round(256 * p)

    def forward(self, values: Tensor) -> Tensor:
        """The values while serving; while training some are 0 and the others larger, so that the mean stays."""
        if not self.training or not self._below:
            return values
        words = torch.randint(-(2**63), 2**63 - 1, ((values.numel() + 7) // 8,), dtype=torch.int64)
        kept = words.view(torch.uint8)[: values.numel()].view(values.shape) >= self._below
        return torch.where(kept, values * (256 / (256 - self._below)), 0)


class Heads(nn.Module):
    """Mean-pooled encoder output to logits."""

    def __init__(self, encoder: nn.Module, width: int, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = Dropout(dropout)
        self.hidden = nn.Linear(2 * width, width)
        self.out = nn.Linear(width, OUTPUTS)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Logits of shape ``(batch, OUTPUTS)``."""
        states = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1.0)
        hidden = torch.nn.functional.gelu(self.hidden(self.dropout(torch.cat([mean, states[:, 0]], dim=-1))))
        logits: Tensor = self.out(self.dropout(hidden))
        return logits


class Towers(nn.Module):
    """Encoders of starts of their own on the same word embeddings; this is what is exported. What one of them gets wrong by chance
    the others mostly do not, so the mean of their logits is better than each (Lakshminarayanan et al., 2017)."""

    def __init__(self, towers: Sequence[Heads]) -> None:
        super().__init__()
        self.towers = nn.ModuleList(towers)
        for tower in towers[1:]:
            # Half of an encoder is its word embeddings: one copy serves all of them.
            tower.encoder.embeddings = towers[0].encoder.embeddings

    @property
    def word_embeddings(self) -> nn.Parameter:
        """The one table of word embeddings, shape ``(vocabulary, width)``."""
        encoder: Any = self.encoders[0].encoder
        table: nn.Parameter = encoder.embeddings.word_embeddings.weight
        return table

    @property
    def encoders(self) -> tuple[Heads, ...]:
        """Each of them with its heads."""
        return cast("tuple[Heads, ...]", tuple(self.towers))

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Logits of shape ``(batch, OUTPUTS)``."""
        total: Tensor = sum(tower(input_ids, attention_mask, token_type_ids) for tower in self.towers)
        return total / len(self.towers)


class NgramModel(nn.Module):
    """Linear in hashed n-grams: the sum of their rows over the square root of their number."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.EmbeddingBag(1 << NGRAM_BITS, OUTPUTS, mode="sum", padding_idx=0)
        nn.init.zeros_(self.table.weight)

    def forward(self, grams: Tensor, offsets: Tensor, weights: Tensor) -> Tensor:
        """Logits of shape ``(batch, OUTPUTS)``; the arguments are those of ``EmbeddingBag``."""
        logits: Tensor = self.table(grams, offsets, per_sample_weights=weights)
        return logits


def encoder_network(model_dir: str, dropout: float = 0.1) -> Heads:
    """The encoder of this sentence-transformers folder with fresh heads. Its embeddings are frozen: training thaws those of words
    (``train.fit_towers``), positions stay. What it attends to is not dropped: word pieces are masked, and it took a tenth of a step."""
    encoder: Any = AutoModel.from_pretrained(model_dir, attn_implementation="eager", attention_probs_dropout_prob=0.0)
    for part in [*encoder.modules()]:
        for name, child in [*part.named_children()]:
            if isinstance(child, nn.Dropout) and child.p:
                setattr(part, name, Dropout(child.p))
    heads = Heads(encoder, encoder.config.hidden_size, dropout)
    encoder.embeddings.requires_grad_(False)
    return heads
