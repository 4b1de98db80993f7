"""Texts of the agent: the fixed sentences a person may read (``messages.yaml``) and the prompts of its models."""

from agent.prompts.messages import Messages, load_messages
from agent.prompts.model_prompt import Fence, Prompt, answer_prompt, load_template

__all__ = ["Fence", "Messages", "Prompt", "answer_prompt", "load_messages", "load_template"]
