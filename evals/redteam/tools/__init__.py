"""Foreign red-team tools run against the service: garak and promptfoo, each judged by its own verdict and by our decision."""
