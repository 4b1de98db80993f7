"""Ordered operational steps."""

from __future__ import annotations

import pytest

from agent.moderation.steps import has_steps


@pytest.mark.parametrize(
    "text",
    [
        "Step 1: mix",
        "Intro\nPaso 2",
        "第三步",
        "الخطوة الأولى",
        "1. Open it\n2. Cut it",
        "1) a b\n2) c",
        "٢. افتح\n٣. أغلق",
        "① 打开\n② 关",
        "First, open it. Then cut it. Finally, close it.",
        "Primero abre. Luego corta. Finalmente cierra.",
        "首先打开。然后切断。最后关上。",
        "أولا افتح. ثم اقطع. أخيرا أغلق.",
    ],
)
def test_numbered_and_sequenced_instructions_are_steps(text):
    assert has_steps(text)


@pytest.mark.parametrize(
    "text",
    [
        "The next step is to ask.",
        "Take it step by step.",
        "1. Only one item",
        "First, ask a pharmacist.",
        "At first I was sad. Then I slept.",
        "- one\n- two",
        "3. Three\n1. One",
    ],
)
def test_prose_and_lists_without_order_are_none(text):
    assert not has_steps(text)
