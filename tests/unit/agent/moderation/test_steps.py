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
        "### 1. Open\n\n### 2. Cut",
        "- 1. Open\n- 2. Cut",
        "(1) open it, (2) cut it and (3) close it",
        "a) open it\nb) cut it",
        "一、打开\n二、切断",
        "Primer paso: abre",
        "**Second step.** Cut",
        "Do this: first open it, then cut it, and finally close it.",
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
        "Either (1) rest or (2) call.",
        "A second step would be to call.",
        "The first step is to ask.",
        "一、二、三年级",
    ],
)
def test_prose_and_lists_without_order_are_none(text):
    assert not has_steps(text)
