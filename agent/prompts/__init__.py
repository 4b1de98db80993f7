"""Texts of the agent: the fixed sentences a person may read (``messages.yaml``) and the prompt of the answer model."""

from agent.prompts.messages import Messages, load_messages
from agent.prompts.model_prompt import answer_prompt, load_template

__all__ = ["Messages", "answer_prompt", "load_messages", "load_template"]
