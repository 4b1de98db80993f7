"""What training reads."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from agent.risk.classifier import BINARY, FACETS, FIRST_FACET, HAZARDS, OUTPUTS, STAKES
from agent.risk.features import Encoder, encoder_of
from agent.risk.labels import Example
from agent.risk.rows import Reader, batches, capped, drawn, masked, split
from agent.risk.sources import CAP
from policies.taxonomy import Facet, Hazard
from retrieval.gloss import load_gloss
from tests.unit.agent.risk.conftest import tokenizer


def example(name, group="", source="mine", weight=1.0, **labels):
    given = {"unsafe": 1.0, "facet": Facet.DOSING, "hazards": frozenset({Hazard.HATE}), "prompt_attack": 0.0} | labels
    return Example(name, "a dose", (), "en", source, group or name, weight=weight, **given)


def test_groups_stay_together_and_on_their_side_when_rows_are_added():
    rows = [example(f"{n}", group=f"g{n // 2}") for n in range(400)]
    fit, held = split(rows, 0.25, seed=1)
    assert {e.group for e in fit}.isdisjoint(e.group for e in held)
    assert 0.1 < len(held) / len(rows) < 0.4
    more = split([*rows, *(example(f"new{n}") for n in range(100))], 0.25, seed=1)[1]
    assert {e.id for e in held} <= {e.id for e in more}


def test_a_public_set_gives_no_more_than_its_cap_and_untrusted_rows_not_at_all():
    rows = [example(f"c{n}", source="clinc_oos") for n in range(CAP["clinc_oos"] + 50)]
    kept = capped([*rows, example("w", weight=0.0), example("m")], seed=1)
    assert Counter(e.source for e in kept) == {"clinc_oos": CAP["clinc_oos"], "mine": 1}


def test_labels_become_numbers_and_unknown_ones_none():
    reader = Reader(encoder_of(tokenizer()), load_gloss())
    row = reader.row(example("a", stakes=True, urgent=False, prompt_attack=None))
    assert row.targets.shape == (len(BINARY),)
    assert row.targets[0] == 1.0
    assert np.isnan(row.targets[1])
    assert list(row.targets[-2:]) == [1.0, 0.0]
    assert row.targets[2 + HAZARDS.index(Hazard.HATE)] == 1.0
    assert FACETS[row.facet] is Facet.DOSING
    bare = reader.row(example("b", unsafe=None, facet=None, hazards=None, prompt_attack=None))
    assert np.isnan(bare.targets).all()
    assert bare.facet == -1


def test_a_long_text_is_cut_to_what_training_reads():
    reader = Reader(encoder_of(tokenizer()), load_gloss())
    row = reader.row(example("a")._replace(text="dose " * 200), most_tokens=16)
    assert len(row.window.ids) == len(row.window.types) == 16


def judged(row, unsafe):
    logits = np.full(OUTPUTS, -6.0, dtype=np.float32)
    logits[0], logits[FIRST_FACET + row.facet] = unsafe, 6.0
    return logits


def test_rows_that_are_judged_well_are_drawn_less_often_and_count_as_much_more():
    reader = Reader(encoder_of(tokenizer()), load_gloss())
    rows = [reader.row(example(f"{n}", group=f"g{n // 2}")) for n in range(800)]
    # Both of every fourth group are missed by a wide margin; of the others both are seen.
    missed = {f"g{n}" for n in range(0, 400, 4)}
    logits = np.stack([judged(row, -6.0 if row.group in missed and n % 2 else 6.0) for n, row in enumerate(rows)])
    by_place = drawn(rows, logits, 0.25, seed=1)
    kept = list(by_place.values())
    assert all(row.group == rows[place].group for place, row in by_place.items())
    hard = [row for row in kept if row.group in missed]
    easy = [row for row in kept if row.group not in missed]
    assert len(hard) == 2 * len(missed)
    assert all(row.weight == pytest.approx(1.0, abs=0.01) for row in hard)
    assert 0.15 < len(easy) / (len(rows) - len(hard)) < 0.35
    assert {row.weight for row in easy} == {4.0}
    assert set(Counter(row.group for row in kept).values()) == {2}
    assert list(drawn(rows, logits, 0.25, seed=1)) == list(by_place)


def test_labels_that_are_not_known_make_no_row_hard():
    reader = Reader(encoder_of(tokenizer()), load_gloss())
    bare = {"unsafe": None, "facet": None, "hazards": None, "prompt_attack": None}
    rows = [reader.row(example(f"{n}", **bare)) for n in range(400)]
    kept = drawn(rows, np.zeros((400, OUTPUTS), dtype=np.float32), 0.1, seed=1)
    assert 10 < len(kept) < 80


def test_heads_that_the_earlier_model_lacks_make_no_row_hard():
    reader = Reader(encoder_of(tokenizer()), load_gloss())
    rows = [reader.row(example(f"{n}", stakes=True)) for n in range(400)]
    logits = np.stack([judged(row, 6.0) for row in rows])
    logits[:, STAKES:] = np.nan
    assert 10 < len(drawn(rows, logits, 0.1, seed=1)) < 80


@pytest.mark.parametrize("size", [4, 16])
def test_every_row_is_in_one_batch_and_groups_are_not_torn(size):
    reader = Reader(encoder_of(tokenizer()), load_gloss())
    rows = [reader.row(example(f"{n}", group=f"g{n // 3}")) for n in range(90)]
    made = batches(rows, size, seed=2)
    assert sorted(n for batch in made for n in batch) == list(range(90))
    homes = {
        group: {b for b, batch in enumerate(made) for n in batch if rows[n].group == group}
        for group in ("g0", "g7", "g29")
    }
    assert all(len(home) == 1 for home in homes.values())
    assert max(map(len, made)) <= size


def test_a_share_of_the_word_pieces_is_masked_and_no_special_one():
    encoder = Encoder(tokenizer=None, cls=1, sep=2, pad=0, mask=3)
    ids = np.tile(np.array([1, *range(10, 50), 2, 0, 0]), (50, 1))
    seen = masked(ids, 0.25, encoder, np.random.default_rng(1))
    hidden = seen == encoder.mask
    assert 0.2 < hidden[:, 1:41].mean() < 0.3
    assert not hidden[:, [0, 41, 42, 43]].any()
    assert (seen[~hidden] == ids[~hidden]).all()
    assert masked(ids, 0.0, encoder, np.random.default_rng(1)) is ids
