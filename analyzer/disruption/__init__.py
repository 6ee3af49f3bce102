"""What a step that recreates the nodes of every pool does to what runs on them. Pure."""
