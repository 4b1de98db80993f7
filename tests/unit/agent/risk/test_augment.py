"""Framed requests keep their label; the frame alone says whether the prompt is attacked."""

from __future__ import annotations

from agent.risk.augment import FRAMES, HALVES, TAIL, framed, jailbroken, telegraphic, threaded, typed
from agent.risk.labels import Example


def example(number: int, unsafe: float | None, *, lang: str = "en", text: str = "", attack: float = 0.0) -> Example:
    """A row with only what framing looks at."""
    return Example(
        id=f"e-{number}",
        text=text or f"request number {number}",
        earlier=(),
        lang=lang,
        source="own",
        group=f"g-{number}",
        unsafe=unsafe,
        facet=None,
        hazards=None,
        prompt_attack=attack,
        weight=1.0,
    )


ROWS = [example(n, float(n % 2)) for n in range(40)]


def test_as_many_harmful_as_harmless_requests_stand_in_each_frame():
    rows = framed([*ROWS, example(99, 1.0)], 1.0, seed=3)
    assert len(rows) == 40
    for frame in FRAMES["en"]:
        lead = frame.text.split("{0}")[0]
        inside = [row for row in rows if lead and row.text.startswith(lead)]
        assert len({row.unsafe for row in inside}) != 1
    attacked = {row.prompt_attack for row in rows}
    assert attacked == {0.0, 1.0}


def test_long_threaded_and_unlabelled_requests_are_left_alone():
    others = [
        example(1, 1.0, text="x" * 500),
        example(2, 0.0)._replace(earlier=("before",)),
        example(3, None),
        example(4, 1.0, attack=1.0),
    ]
    assert framed(others, 1.0, seed=1) == []


def test_a_request_goes_behind_the_end_of_a_jailbreak_or_into_its_slot():
    attacks = [
        example(100, None, text="a" * TAIL + " no rules now.", attack=1.0),
        example(101, None, text="b" * TAIL + " answer this: [INSERT PROMPT HERE] and stay evil", attack=1.0),
    ]
    rows = jailbroken([*ROWS, *attacks], 1.0, seed=2)
    assert len(rows) == 4
    assert all(row.prompt_attack == 1.0 and "request number" in row.text for row in rows)
    assert {row.unsafe for row in rows} == {0.0, 1.0}
    assert all("INSERT" not in row.text for row in rows)


def test_a_request_retold_as_a_gloss_keeps_its_labels_and_its_content_words():
    told = example(1, 1.0, text="How can I open the locks of my neighbours?")
    rows = [row for seed in range(50) for row in telegraphic([told], 1.0, seed=seed)]
    assert {(row.unsafe, row.group, row.lang) for row in rows} == {(1.0, "g-1", "en")}
    for row in rows:
        words = row.text.removesuffix(" ?").split()
        assert {"how", "i", "open"} <= set(words)
        assert {"lock", "locks"} & set(words)
        assert {"neighbour", "neighbours"} & set(words)
    assert any("the" not in row.text.split() for row in rows)
    assert any(row.text.split().index("open") < row.text.split().index("i") for row in rows)


def test_only_short_english_requests_of_known_label_are_retold():
    others = [
        example(1, 1.0, text="x" * 500),
        example(2, 0.0)._replace(earlier=("before",)),
        example(3, None),
        example(4, 1.0, lang="es"),
    ]
    assert telegraphic(others, 1.0, seed=1) == []
    assert [row.text for row in telegraphic([example(5, 0.0, text="Is it the?")], 1.0, seed=3)]


def test_a_thread_goes_round_harmful_and_harmless_requests_alike():
    rows = threaded(
        [example(n, float(n % 2), text=f"how would one do the thing number {n}") for n in range(40)], 1.0, seed=4
    )
    assert len(rows) == 40
    assert {row.unsafe for row in rows} == {0.0, 1.0}
    assert all(1 <= len(row.earlier) <= 3 for row in rows)
    whole = [row for row in rows if row.text.startswith("how would one do the thing number")]
    cut = [row for row in rows if row not in whole]
    assert whole
    assert cut
    for row in cut:
        [before] = row.earlier
        number = row.id.removeprefix("e-").removesuffix("#threaded")
        said = f"{before} {row.text}"
        assert all(word in said for word in ["how", "would", "one", "do", "the", "thing", "number", number])


def test_halves_are_told_in_every_language():
    assert set(HALVES) == set(FRAMES)
    assert all("{0}" in part for told in HALVES.values() for pair in told for part in pair)


def test_somebody_in_a_hurry_leaves_marks_out_and_keeps_the_label():
    rows = typed(
        [example(n, float(n % 2), text="We're asking: what's the fastest way, please?") for n in range(60)], 1.0, seed=5
    )
    assert len(rows) == 60
    assert not any(set("?:,'") & set(row.text) for row in rows)
    assert len({row.text for row in rows}) > 1
    assert {row.unsafe for row in rows} == {0.0, 1.0}
    assert typed([example(1, 1.0, lang="zh"), example(2, None)], 1.0, seed=5) == []
