"""Errors of the agent.

AgentError
├── SettingsError            a setting is unknown or has a wrong value
├── AccessError             a key, a scope or a tenant cannot be what was asked
├── RequestError             the caller's input cannot be a turn (the API answers 4xx)
│   ├── EmptyInput
│   ├── InputTooLong
│   ├── InvalidAttachment
│   ├── UnsupportedAttachment
│   ├── AttachmentTooLarge
│   ├── UnknownThread
│   ├── UnknownTurn
│   ├── UnknownCase
│   ├── CaseConflict
│   ├── CaseTextHeld
│   ├── NoDraft
│   ├── TooMuchFeedback
│   ├── KeyReused
│   └── KeyInUse
├── TurnFailedError          a turn failed closed; carries its last event
├── LabelError               a file of labelled requests is not valid
├── ArtifactError            the risk model on disk is missing, corrupted or does not match
├── TransientError           a dependency failed in a way that may pass; retried, then fail closed
│   ├── ModelUnavailable
│   ├── RecordsUnavailable
│   ├── DeliveryFailed
│   └── ScreeningUnavailable
└── ModelOutputError         a model answered with something unusable
"""

from __future__ import annotations


class AgentError(Exception):
    """Base of every error raised by the agent on purpose."""


class SettingsError(AgentError):
    """A setting is unknown or has a wrong value."""


class AccessError(AgentError):
    """A key, a scope or a tenant cannot be what was asked."""


class RequestError(AgentError):
    """The caller's input cannot be a turn."""

    code = "bad_request"


class EmptyInput(RequestError):
    """The input has no visible character."""

    code = "empty_input"


class InputTooLong(RequestError):
    """The input is longer than this service accepts."""

    code = "input_too_long"


class InvalidAttachment(RequestError):
    """An attachment is not what it is declared as."""

    code = "invalid_attachment"


class UnsupportedAttachment(RequestError):
    """Nothing reads attachments of this type."""

    code = "unsupported_attachment"


class AttachmentTooLarge(RequestError):
    """Attachments have more files, bytes or pixels than this service accepts."""

    code = "attachment_too_large"


class UnknownThread(RequestError):
    """No thread of this id exists."""

    code = "unknown_thread"


class UnknownTurn(RequestError):
    """No turn of this id exists, or its events are no longer kept."""

    code = "unknown_turn"


class UnknownCase(RequestError):
    """No case of this id exists."""

    code = "unknown_case"


class CaseConflict(RequestError):
    """The case is not in a state in which this can be done."""

    code = "case_conflict"


class CaseTextHeld(RequestError):
    """The text of a reviewer does not pass the output checks of the case, or is missing."""

    code = "case_text_held"


class NoDraft(RequestError):
    """There is no draft of a model for this case, and none can be had."""

    code = "no_draft"


class TooMuchFeedback(RequestError):
    """The turn has as much feedback as is kept."""

    code = "too_much_feedback"


class KeyReused(RequestError):
    """The idempotency key was used for another request."""

    code = "idempotency_key_reused"


class KeyInUse(RequestError):
    """The first request with this idempotency key is still being handled."""

    code = "idempotency_key_in_use"


class TurnFailedError(AgentError):
    """A turn failed closed. ``text`` is the sentence that the person should read, ``status`` the HTTP status."""

    def __init__(self, turn_id: str, code: str, detail: str, text: str, status: int) -> None:
        super().__init__(f"turn {turn_id} failed: {code}: {detail}")
        self.turn_id = turn_id
        self.code = code
        self.detail = detail
        self.text = text
        self.status = status


class LabelError(AgentError):
    """A file of labelled requests is not valid; the message has file and line."""


class ArtifactError(AgentError):
    """The risk model on disk is missing, corrupted or does not match its manifest."""


class TransientError(AgentError):
    """A dependency failed in a way that may pass."""


class ModelUnavailable(TransientError):
    """A model did not answer. ``again`` is false where asking the same endpoint once more would be in vain; ``retry_after_s``
    is how long it wants to be left alone."""

    def __init__(self, detail: str, *, again: bool = True, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.again = again
        self.retry_after_s = retry_after_s


class RecordsUnavailable(TransientError):
    """The record of a decision could not be written, so nothing may be answered."""


class DeliveryFailed(TransientError):
    """A webhook did not take what it was sent."""


class ScreeningUnavailable(TransientError):
    """Handrail could not be asked by an agent that it stands in front of, so nothing is let through."""


class ModelOutputError(AgentError):
    """A model answered with something unusable."""
