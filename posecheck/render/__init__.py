"""Pictures, charts, video and the report: everything that a person looks at."""
