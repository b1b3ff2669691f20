"""The house: style, pins, launcher, the shape of the checkout."""
