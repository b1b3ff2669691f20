"""What is private leaks nowhere: a planted secret, in every way in and every way out."""
