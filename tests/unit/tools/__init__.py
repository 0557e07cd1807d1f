"""Tests of what runs, builds and reports."""
