"""Importers: one file for each format that guidance is published in, behind one small protocol."""
