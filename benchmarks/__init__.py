"""Benchmarks: whole runs on generated data, never timed tests."""
