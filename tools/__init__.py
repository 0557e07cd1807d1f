"""What runs, builds and reports: tests, documentation, samples, pictures."""
