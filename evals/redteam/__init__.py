"""The red team: disguises and frames put on harmful requests of our scenarios, composed by a search that learns what works."""
