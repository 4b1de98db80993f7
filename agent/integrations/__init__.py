"""Handrail in front of the model and the tools of an agent that exists already: LangChain's agents and LangGraph's graphs."""
