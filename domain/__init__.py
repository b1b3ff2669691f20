"""What can happen, what it means, and what may be decided. No I/O, no clock."""
