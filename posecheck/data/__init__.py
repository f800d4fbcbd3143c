"""Data files that the code reads, each with the command that made it named inside."""
