"""Cues that one can hear: tones made here, speech by the system's own voice."""
