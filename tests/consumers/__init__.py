"""What moves facts, in processes of its own: at once, interrupted, killed."""
