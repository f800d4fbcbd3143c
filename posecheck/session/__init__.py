"""Recorded live sessions on disk: written as they happen, read back as far as they go."""
