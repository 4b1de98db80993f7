"""Vector stores: Qdrant Edge in the process, a Qdrant server, and a twin in memory. Only composition roots name them."""
