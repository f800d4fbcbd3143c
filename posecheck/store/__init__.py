"""History: every check, measurement and live session, in SQLite or PostgreSQL."""
