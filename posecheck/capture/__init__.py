"""Pictures in: video files as a stream of upright frames with their own times."""
