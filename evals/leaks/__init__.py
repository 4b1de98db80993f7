"""Leaks: generated secrets, personal data, doses, code and steps, released at every cut of a stream."""
