"""The move files that ship with posecheck, one TOML file a move."""
