"""What the checkout needs around the product: its environment and its checks. Not part of it."""
