"""The package that services install, as it stands in the checkout and as a wheel."""
