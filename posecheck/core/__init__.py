"""Pure numpy engine: poses in, measures, phases and feedback out. No cameras, files or clock."""
