"""Real data imported, and the numbers that must come out."""
