"""The commands of ``handrail``, one file per group. Heavy imports happen when a command runs, so that help is instant."""
