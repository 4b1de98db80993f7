"""The events of a turn."""

from __future__ import annotations

import typing

from agent.events import EVENT_TYPES, NAME_OF_EVENT, Event, MessageDelta, TurnEvent


def test_every_event_has_one_wire_name():
    assert set(EVENT_TYPES.values()) == set(typing.get_args(Event))
    assert {name: NAME_OF_EVENT[model] for name, model in EVENT_TYPES.items()} == {name: name for name in EVENT_TYPES}


def test_the_wire_id_has_turn_and_place():
    event = TurnEvent(turn_id="turn_1", seq=3, data=MessageDelta(text="hello"))
    assert (event.id, event.name) == ("turn_1:3", "message.delta")
